//! Looks into a journal without touching it.

use crate::journal::Journal;
use crate::replay::Replay;
use crate::study::{best_of, read_into};
use crate::trial::{Direction, Trial};
use neurotrain_plugin_api::Result;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A study as its journal has it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StudyView {
    /// Its name.
    pub name: String,
    /// Which values are better; none for studies of several objectives, which only Optuna makes.
    pub direction: Option<Direction>,
    /// User attributes.
    pub attrs: BTreeMap<String, Value>,
    /// All trials by number.
    pub trials: Vec<Trial>,
}

impl StudyView {
    /// The best complete trial, the first of equals.
    pub fn best(&self) -> Option<&Trial> {
        best_of(&self.trials, self.direction?)
    }
}

/// The studies of a file. Never writes or waits; a line that is being written is not there yet.
pub fn read_only(path: &Path) -> Result<Vec<StudyView>> {
    let mut replay = Replay::default();
    read_into(&mut Journal::open_read_only(path)?, &mut replay)?;
    let studies = replay.studies.into_iter().filter(|study| !study.is_deleted);
    let views = studies.map(|study| StudyView {
        name: study.name,
        direction: match study.directions.as_slice() {
            [direction] => *direction,
            _ => None,
        },
        attrs: study.user,
        trials: study.trials,
    });
    Ok(views.collect())
}
