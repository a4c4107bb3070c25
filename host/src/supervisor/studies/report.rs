//! What came out of a search.

use neurotrain_study::{Study, Trial, TrialState};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What came out of a search.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SearchReport {
    /// The experiment without its seeds.
    pub(crate) group: String,
    /// Name of the study.
    pub(crate) study: String,
    /// Its Optuna journal.
    pub(crate) journal: PathBuf,
    /// What was compared.
    pub(crate) metric: String,
    /// Trials that were asked for.
    pub(crate) wanted: u64,
    /// Trials with a value.
    pub(crate) complete: usize,
    /// Trials that were ended early.
    pub(crate) pruned: usize,
    /// Trials that failed.
    pub(crate) failed: usize,
    /// The best trial.
    pub(crate) best: Option<Best>,
    /// What the configured values reach, where the first trial has them.
    pub(crate) configured: Option<f64>,
    /// Why the search could not go on.
    pub(crate) failure: Option<String>,
}

/// The best trial of a search.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Best {
    /// Its number.
    pub(crate) number: u64,
    /// What it reached.
    pub(crate) value: f64,
    /// Its values.
    pub(crate) params: BTreeMap<String, Value>,
}

impl Best {
    pub(super) fn of(trial: &Trial) -> Option<Self> {
        Some(Best {
            number: trial.number,
            value: trial.value?,
            params: trial.params.clone(),
        })
    }
}

/// How many trials of a study are in a state.
pub(super) fn count(study: &Study, state: TrialState) -> usize {
    study.trials().iter().filter(|trial| trial.state == state).count()
}
