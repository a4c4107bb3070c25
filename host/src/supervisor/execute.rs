//! Runs what is to be done in workers and collects what comes out.

use super::display::display_for;
use super::folders::{LOG_FILE, last_lines};
use super::launch::Site;
use super::pool::{JobEnd, Limits, run_pool};
use super::studies::SearchReport;
use super::together::TakenSearch;
use super::work::Work;
use crate::estimate::Taken;
use crate::output::shell_word;
use crate::report::{Outcome, RunResult};
use crate::worker::protocol::Failure;
use crate::worker::spec::RunSpec;
use std::path::{Path, PathBuf};

/// Lines of a failed run's log that are shown.
const LOG_LINES: usize = 5;

/// What came out of it all.
#[derive(Default)]
pub(super) struct Executed {
    /// The runs.
    pub(super) runs: Vec<RunResult>,
    /// The searches.
    pub(super) searches: Vec<SearchReport>,
    /// Whether the user interrupted.
    pub(super) interrupted: bool,
    /// The time, where it was estimated before.
    pub(super) taken: Option<Taken>,
}

/// Runs all `specs` and the runs that come out of `searches`, in new folders, as far as no other member
/// does.
pub(super) fn execute(
    specs: Vec<RunSpec>,
    searches: Vec<TakenSearch>,
    limits: Limits,
    site: Site<'_>,
) -> Executed {
    let mut work = Work::new(specs, searches, site, display_for(site.console));
    let interrupted = run_pool(limits, site.interrupts, &mut work);
    let (runs, searches) = work.conclude();
    Executed {
        runs,
        searches,
        interrupted,
        taken: None,
    }
}

impl Executed {
    /// Adds what came out of more of it.
    pub(super) fn extend(&mut self, more: Executed) {
        self.runs.extend(more.runs);
        self.searches.extend(more.searches);
        self.interrupted |= more.interrupted;
    }
}

/// What became of a run.
pub(super) fn result(spec: &RunSpec, end: JobEnd, folder: Option<PathBuf>) -> RunResult {
    let outcome = match end {
        JobEnd::Finished(summary) | JobEnd::Pruned(summary) => Outcome::Finished { summary },
        JobEnd::Stopped(_) => Outcome::Stopped,
        JobEnd::NotStarted => Outcome::NotStarted,
        JobEnd::Failed(failure) => failed(failure, folder.as_deref(), false),
    };
    run_result(spec, outcome, folder)
}

/// A failure now or `earlier`, with what the run left in its folder.
pub(super) fn failed(failure: Failure, folder: Option<&Path>, earlier: bool) -> Outcome {
    Outcome::Failed {
        failure,
        earlier,
        log: folder
            .map(|f| last_lines(&f.join(LOG_FILE), LOG_LINES))
            .unwrap_or_default(),
        repeat: folder
            .map(|f| format!("neurotrain repeat {}", shell_word(&f.display().to_string())))
            .unwrap_or_default(),
    }
}

/// The result of a run that `spec` describes.
pub(super) fn run_result(spec: &RunSpec, outcome: Outcome, folder: Option<PathBuf>) -> RunResult {
    let experiment = &spec.experiment;
    RunResult {
        name: experiment.name.clone(),
        group: experiment.group.clone(),
        trainer: experiment.trainer.clone(),
        model: experiment.model.clone(),
        dataset: experiment.dataset.clone(),
        seed: experiment.seed,
        protocol: experiment.runtime.protocol,
        id: spec.id.clone(),
        folder,
        outcome,
    }
}

/// The result of an experiment that could not even be prepared.
pub(super) fn broken(experiment: &neurotrain_campaign::Experiment, failure: Failure) -> RunResult {
    RunResult {
        name: experiment.name.clone(),
        group: experiment.group.clone(),
        trainer: experiment.trainer.clone(),
        model: experiment.model.clone(),
        dataset: experiment.dataset.clone(),
        seed: experiment.seed,
        protocol: experiment.runtime.protocol,
        id: String::new(),
        folder: None,
        outcome: Outcome::Failed {
            log: failure.log.clone(),
            failure,
            earlier: false,
            repeat: String::new(),
        },
    }
}
