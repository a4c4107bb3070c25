//! Runs specifications in workers and collects what comes out.

use super::campaign::LaunchOptions;
use super::display::{Display, display_for};
use super::finished::{find_finished, serves};
use super::folders::{CampaignFolder, LOG_FILE, RunFolders, last_lines, write_whole};
use super::pool::{JobEnd, Jobs, Limits, Next, run_pool};
use super::together::{Member, Queue, Turn, latest_failure, write_failure};
use crate::output::{Console, shell_word};
use crate::process::{Interrupts, Launch};
use crate::profile::PROFILE_TEXT;
use crate::report::{Outcome, RunResult};
use crate::worker::CHECKPOINT_FILE;
use crate::worker::protocol::{Failure, Order, WorkerEvent};
use crate::worker::spec::{RunSpec, SPEC_FILE};
use neurotrain_plugin_api::Result;
use std::cell::RefCell;
use std::fs::File;
use std::path::PathBuf;

/// Lines of a failed run's log that are shown.
const LOG_LINES: usize = 5;

/// Runs all `specs` in new folders below `folder`, as far as no other member does; the flag says whether the user
/// interrupted.
pub(super) fn execute(
    specs: Vec<RunSpec>,
    folder: &CampaignFolder,
    member: Option<&Member>,
    limits: Limits,
    options: &LaunchOptions,
    interrupts: &Interrupts,
    console: &Console,
) -> (Vec<RunResult>, bool) {
    let mut display = display_for(console);
    display.expect(specs.len());
    let mut work = Work {
        queue: Queue::new(specs.len(), member),
        member,
        runs: specs.into_iter().map(Job::new).collect(),
        folders: folder.runs(),
        console,
        options,
        display,
    };
    let interrupted = run_pool(limits, interrupts, &mut work);
    work.display.finish();
    let Work { runs, queue, .. } = work;
    let results = runs.into_iter().enumerate().map(|(job, run)| {
        let holder = queue.holder(job).map(ToOwned::to_owned);
        run.result(holder)
    });
    (results.collect(), interrupted)
}

/// What a campaign has to do.
struct Work<'a> {
    runs: Vec<Job>,
    queue: Queue<'a>,
    member: Option<&'a Member>,
    folders: RunFolders,
    console: &'a Console,
    options: &'a LaunchOptions,
    display: Box<dyn Display>,
}

/// A run, and what became of it.
struct Job {
    spec: RunSpec,
    folder: Option<PathBuf>,
    end: JobEnd,
}

impl Jobs for Work<'_> {
    fn next(&mut self) -> Next {
        let (runs, display) = (RefCell::new(&mut self.runs), &mut self.display);
        let (folders, again) = (&self.folders, !self.options.resume);
        let member = self.member.filter(|_| !again);
        let key = |job: usize| runs.borrow()[job].spec.id.clone();
        let mut settle = |job: usize| {
            let run = &mut runs.borrow_mut()[job];
            let done = member.is_some_and(|member| run.settle(folders, member));
            if done {
                display.settled(&run.spec.experiment.name, &run.end);
            }
            done
        };
        match self.queue.next(&key, &mut settle) {
            Turn::Start(job) => Next::Start(job),
            Turn::Wait => Next::Wait,
            Turn::Nothing => Next::Nothing,
            Turn::Failed(e) => {
                let failure = Failure::from(&e);
                let left = self.runs.iter_mut().enumerate();
                for (_, run) in left.filter(|(job, run)| run.is_waiting() && !self.queue.has(*job)) {
                    run.end = JobEnd::Failed(failure.clone());
                }
                Next::Nothing
            }
        }
    }

    fn launch(&mut self, job: usize) -> Result<Launch> {
        let run = &mut self.runs[job];
        let earlier = if self.options.resume {
            self.folders.attempts_at(&run.spec.id)
        } else {
            Vec::new()
        };
        let folder = self.folders.new_run(&run.spec.experiment.name, &run.spec.id)?;
        let spec = RunSpec {
            checkpoints: checkpoints(&earlier),
            ..run.spec.clone()
        };
        write_whole(&folder.join(SPEC_FILE), &spec.to_json()?)?;
        let log = File::create(folder.join(LOG_FILE))?;
        run.folder = Some(folder.clone());
        self.display.started(job, &spec.experiment.name);
        Ok(Launch {
            verb: "__worker",
            args: vec![folder.into_os_string()],
            threads: spec.threads,
            output: Some(log),
            log_filter: self.options.log_filter.clone(),
        })
    }

    fn event(&mut self, job: usize, event: &WorkerEvent) -> Option<Order> {
        self.display.event(job, event);
        self.queue.lost(job).then_some(Order::Stop)
    }

    fn ended(&mut self, job: usize, end: JobEnd) {
        self.display.ended(job, &end);
        let run = &mut self.runs[job];
        if self.queue.lost(job) && !matches!(end, JobEnd::Finished(_)) {
            self.display.expect(1);
            run.folder = None;
            return self.queue.hand_over(job);
        }
        if let (JobEnd::Failed(failure), Some(folder)) = (&end, &run.folder)
            && let Err(e) = write_failure(folder, failure)
        {
            tracing::warn!("others cannot know that this run failed: {e}");
        }
        self.queue.release(job);
        run.end = end;
        if run.spec.experiment.runtime.profile
            && let Some(folder) = &run.folder
            && let Ok(profile) = std::fs::read_to_string(folder.join(PROFILE_TEXT))
        {
            self.console.print(&profile);
        }
    }

    fn interrupted(&mut self, times: usize, running: usize) {
        self.console.note(&match times {
            1 => {
                format!("Stopping {running} running experiments; finished ones are kept. Again to kill them.")
            }
            _ => "Killing what is left.".to_owned(),
        });
    }
}

impl Job {
    fn new(spec: RunSpec) -> Self {
        Job {
            spec,
            folder: None,
            end: JobEnd::NotStarted,
        }
    }

    /// Takes over how the run ended elsewhere, if it did.
    fn settle(&mut self, folders: &RunFolders, member: &Member) -> bool {
        let attempts = folders.attempts_at_now(&self.spec.id);
        let complete: Vec<PathBuf> = attempts
            .iter()
            .filter(|folder| serves(&self.spec, folder))
            .cloned()
            .collect();
        if let Some((folder, summary)) = find_finished(&complete) {
            (self.folder, self.end) = (Some(folder.to_owned()), JobEnd::Finished(summary));
            return true;
        }
        if let Some((folder, failure, time)) = latest_failure(&attempts)
            && member.respects_failure(time)
        {
            (self.folder, self.end) = (Some(folder.to_owned()), JobEnd::Failed(failure));
            return true;
        }
        false
    }

    /// Whether it has neither been started nor settled.
    fn is_waiting(&self) -> bool {
        matches!(self.end, JobEnd::NotStarted)
    }

    fn result(self, holder: Option<String>) -> RunResult {
        match holder {
            Some(holder) => run_result(&self.spec, Outcome::Elsewhere { holder }, None),
            None => result(&self.spec, self.end, self.folder),
        }
    }
}

/// The checkpoints in `folders`, latest first.
fn checkpoints(folders: &[PathBuf]) -> Vec<PathBuf> {
    let dated = |folder: &PathBuf| {
        let path = folder.join(CHECKPOINT_FILE);
        let written = std::fs::metadata(&path).and_then(|m| m.modified()).ok()?;
        Some((written, path))
    };
    let mut found: Vec<_> = folders.iter().filter_map(dated).collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path).collect()
}

fn result(spec: &RunSpec, end: JobEnd, folder: Option<PathBuf>) -> RunResult {
    let outcome = match end {
        JobEnd::Finished(summary) => Outcome::Finished { summary },
        JobEnd::Stopped(_) => Outcome::Stopped,
        JobEnd::NotStarted => Outcome::NotStarted,
        JobEnd::Failed(failure) => {
            let log = folder
                .as_ref()
                .map(|f| last_lines(&f.join(LOG_FILE), LOG_LINES))
                .unwrap_or_default();
            let repeat = folder
                .as_ref()
                .map(|f| format!("neurotrain repeat {}", shell_word(&f.display().to_string())))
                .unwrap_or_default();
            Outcome::Failed { failure, log, repeat }
        }
    };
    run_result(spec, outcome, folder)
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
        id: String::new(),
        folder: None,
        outcome: Outcome::Failed {
            log: failure.log.clone(),
            failure,
            repeat: String::new(),
        },
    }
}
