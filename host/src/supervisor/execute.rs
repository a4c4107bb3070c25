//! Runs specifications in workers and collects what comes out.

use super::campaign::LaunchOptions;
use super::display::{Display, display_for};
use super::folders::{CampaignFolder, LOG_FILE, RunFolders, last_lines, write_whole};
use super::pool::{JobEnd, Jobs, Limits, Next, run_pool};
use crate::output::Console;
use crate::process::{Interrupts, Launch};
use crate::profile::PROFILE_TEXT;
use crate::report::{Outcome, RunResult};
use crate::worker::CHECKPOINT_FILE;
use crate::worker::protocol::{Failure, Order, WorkerEvent};
use crate::worker::spec::{RunSpec, SPEC_FILE};
use neurotrain_plugin_api::Result;
use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;

/// Lines of a failed run's log that are shown.
const LOG_LINES: usize = 5;

/// Runs all `specs` in new folders below `folder`; the flag says whether the user interrupted.
pub(super) fn execute(
    specs: Vec<RunSpec>,
    folder: &CampaignFolder,
    limits: Limits,
    options: &LaunchOptions,
    interrupts: &Interrupts,
    console: &Console,
) -> (Vec<RunResult>, bool) {
    let mut display = display_for(console);
    display.expect(specs.len());
    let mut work = Work {
        waiting: (0..specs.len()).collect(),
        runs: specs.into_iter().map(Job::new).collect(),
        folders: folder.runs(),
        console,
        options,
        display,
    };
    let interrupted = run_pool(limits, interrupts, &mut work);
    work.display.finish();
    (work.runs.into_iter().map(Job::result).collect(), interrupted)
}

/// What a campaign has to do.
struct Work<'a> {
    runs: Vec<Job>,
    waiting: VecDeque<usize>,
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
        self.waiting.pop_front().map_or(Next::Nothing, Next::Start)
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
        None
    }

    fn ended(&mut self, job: usize, end: JobEnd) {
        self.display.ended(job, &end);
        let run = &mut self.runs[job];
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

    fn result(self) -> RunResult {
        result(&self.spec, self.end, self.folder)
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
                .map(|f| format!("neurotrain repeat {}", shell_word(f)))
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

/// A path as a shell reads it back.
fn shell_word(path: &std::path::Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:".contains(c);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn paths_survive_a_shell() {
        assert_eq!(shell_word(Path::new("/a/b-1.2")), "/a/b-1.2");
        assert_eq!(shell_word(Path::new("/it's here")), r"'/it'\''s here'");
    }
}
