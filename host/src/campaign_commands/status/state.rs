//! The state of a campaign and of each run.

use crate::cli::Exit;
use serde::Serialize;
use std::path::PathBuf;

/// A campaign at one moment.
#[derive(Debug, Clone, Serialize)]
pub(in crate::campaign_commands) struct Status {
    /// Its name.
    pub(super) campaign: String,
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Counts.
    pub(super) totals: Totals,
    /// Who is at work.
    pub(super) supervisors: Vec<Supervisor>,
    /// Seconds until the end, as far as can be told.
    pub(super) seconds_left: Option<f64>,
    /// Every run, in the order of the campaign; runs that belong to earlier settings are left out.
    pub(super) runs: Vec<RunState>,
    /// Searches, with the runs of their trials.
    pub(super) studies: Vec<Study>,
    /// Experiments that cannot run.
    pub(super) broken: Vec<String>,
}

/// How many runs are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Totals {
    pub(super) runs: usize,
    pub(super) finished: usize,
    pub(super) running: usize,
    pub(super) failed: usize,
    pub(super) stopped: usize,
    pub(super) waiting: usize,
}

/// A supervisor.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Supervisor {
    pub(super) host: String,
    pub(super) pid: i32,
    /// What the batch system calls it.
    pub(super) worker: String,
    pub(super) since: String,
    /// Seconds since its latest sign of life.
    pub(super) silent_seconds: f64,
    /// Whether it is dead or silent for too long.
    pub(super) lost: bool,
}

/// A run.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RunState {
    pub(super) name: String,
    pub(super) group: String,
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) phase: Phase,
    /// Epochs that are complete.
    pub(super) epoch: u64,
    /// Epochs to train.
    pub(super) epochs: u64,
    /// Attempts so far.
    pub(super) attempts: usize,
    /// Folder of the latest one.
    pub(super) folder: Option<PathBuf>,
    /// Wall time of the latest one so far.
    pub(super) seconds: Option<f64>,
}

/// What a run is in.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(super) enum Phase {
    /// It is complete and archived.
    Finished,
    /// Somebody does it.
    Running {
        /// Who and since when.
        holder: String,
    },
    /// It failed.
    Failed {
        /// Why.
        reason: String,
    },
    /// It was begun and goes on from its checkpoint when somebody takes it.
    Stopped,
    /// It was not begun.
    Waiting,
}

/// A search.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Study {
    pub(super) name: String,
    /// Attempts at trials by their state.
    pub(super) trials: Totals,
}

impl Totals {
    pub(super) fn count<'a>(phases: impl IntoIterator<Item = &'a Phase>) -> Self {
        let mut totals = Totals::default();
        for phase in phases {
            totals.runs += 1;
            *match phase {
                Phase::Finished => &mut totals.finished,
                Phase::Running { .. } => &mut totals.running,
                Phase::Failed { .. } => &mut totals.failed,
                Phase::Stopped => &mut totals.stopped,
                Phase::Waiting => &mut totals.waiting,
            } += 1;
        }
        totals
    }
}

impl Status {
    /// Whether nothing will happen any more.
    pub(in crate::campaign_commands) fn is_over(&self) -> bool {
        let Totals {
            running,
            stopped,
            waiting,
            ..
        } = self.totals;
        running + stopped + waiting == 0 && self.studies.iter().all(|study| study.trials.running == 0)
    }

    /// The exit code that says it.
    pub(in crate::campaign_commands) fn exit(&self) -> Exit {
        if self.totals.failed + self.broken.len() > 0 {
            Exit::Failed
        } else if self.is_over() {
            Exit::Done
        } else {
            Exit::Incomplete
        }
    }
}
