//! The child's side.

use crate::cli::Exit;
use crate::process::{end_with_parent, inherited_channel, join_threads, keep_freed_memory};
use crate::worker::protocol::Failure;
use crate::worker::spec::RunSpec;
use crate::worker::{Rehearsed, rehearse};
use neurotrain_plugin_api::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the child says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    /// So much is taken.
    Rehearsed(Rehearsed),
    /// The run cannot even begin.
    Failed(Failure),
}

/// Begins the run of `folder/spec.json` and says how fast it is.
pub(crate) fn child(folder: &Path) -> Result<Exit> {
    keep_freed_memory();
    join_threads(0).map_err(|e| Error::new("io", format!("no threads to compute with: {e}")))?;
    end_with_parent();
    let Some((answers, _)) = inherited_channel::<Answer, ()>()? else {
        return Err(Error::new("usage", "this command is for the program's own use"));
    };
    let answer = match RunSpec::read(folder).and_then(|spec| rehearse(&spec)) {
        Ok(rehearsed) => Answer::Rehearsed(rehearsed),
        Err(e) => Answer::Failed(Failure::from(&e)),
    };
    answers.send(&answer)?;
    Ok(Exit::Done)
}
