//! One trial of a study.

use crate::distribution::Distribution;
use serde_json::Value;
use std::collections::BTreeMap;

/// Which objective values are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Lower ones.
    Minimize,
    /// Higher ones.
    Maximize,
}

impl Direction {
    /// Whether `a` is better than `b`.
    pub fn is_better(self, a: f64, b: f64) -> bool {
        match self {
            Direction::Minimize => a < b,
            Direction::Maximize => a > b,
        }
    }

    pub(crate) fn code(self) -> u64 {
        match self {
            Direction::Minimize => 1,
            Direction::Maximize => 2,
        }
    }

    pub(crate) fn from_code(code: u64) -> Option<Self> {
        match code {
            1 => Some(Direction::Minimize),
            2 => Some(Direction::Maximize),
            _ => None,
        }
    }
}

/// How far a trial is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialState {
    /// Handed out.
    Running,
    /// Finished with a value.
    Complete,
    /// Stopped early.
    Pruned,
    /// Finished without a value.
    Failed,
    /// Enqueued.
    Waiting,
}

impl TrialState {
    /// Whether nothing can change any more.
    pub fn is_finished(self) -> bool {
        !matches!(self, TrialState::Running | TrialState::Waiting)
    }

    pub(crate) fn code(self) -> u64 {
        match self {
            TrialState::Running => 0,
            TrialState::Complete => 1,
            TrialState::Pruned => 2,
            TrialState::Failed => 3,
            TrialState::Waiting => 4,
        }
    }

    pub(crate) fn from_code(code: u64) -> Option<Self> {
        [
            TrialState::Running,
            TrialState::Complete,
            TrialState::Pruned,
            TrialState::Failed,
            TrialState::Waiting,
        ]
        .into_iter()
        .find(|state| state.code() == code)
    }
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// With this objective value.
    Complete(f64),
    /// Stopped early.
    Pruned,
    /// Without a value, for this reason.
    Failed(String),
}

/// One trial as the journal has it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Trial {
    /// Its place in the study, from 0.
    pub number: u64,
    /// How far it is.
    pub state: TrialState,
    /// Parameter values by name.
    pub params: BTreeMap<String, Value>,
    /// The ranges the values were drawn from.
    pub distributions: BTreeMap<String, Distribution>,
    /// Reported values by step.
    pub intermediate: BTreeMap<u64, f64>,
    /// The objective value; of a pruned trial the last report.
    pub value: Option<f64>,
    /// Attributes of the user.
    pub attrs: BTreeMap<String, Value>,
    /// Attributes of samplers and pruners.
    pub system_attrs: BTreeMap<String, Value>,
    /// Who created or started it.
    pub worker: String,
    /// When it started, ISO 8601.
    pub started: Option<String>,
    /// When it finished, ISO 8601.
    pub finished: Option<String>,
    /// Its place among all trials of the file.
    pub(crate) id: u64,
}

impl Trial {
    /// The last step with a report.
    pub fn last_step(&self) -> Option<u64> {
        self.intermediate.keys().next_back().copied()
    }
}
