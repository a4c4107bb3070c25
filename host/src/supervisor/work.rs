//! What a campaign has to do: its runs, and the trials of its searches.

use super::campaign::LaunchOptions;
use super::display::Display;
use super::execute::result;
use super::finished::{finished_earlier, write_failure};
use super::folders::{LOG_FILE, RunFolders, unwritable, write_whole};
use super::pool::{JobEnd, Jobs, KILLED, Next};
use super::studies::{SearchReport, Searching};
use crate::output::Console;
use crate::process::Launch;
use crate::profile::PROFILE_TEXT;
use crate::report::RunResult;
use crate::worker::CHECKPOINT_FILE;
use crate::worker::protocol::{Order, WorkerEvent};
use crate::worker::spec::{RunSpec, SPEC_FILE};
use neurotrain_plugin_api::Result;
use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;

/// What a campaign has to do, as jobs of a pool.
pub(super) struct Work<'a> {
    /// All jobs so far; the number of a job is its place.
    jobs: Vec<Job>,
    /// Winners that were trained earlier.
    finished: Vec<RunResult>,
    /// Runs that can begin.
    waiting: VecDeque<usize>,
    searches: Vec<Search>,
    folders: RunFolders,
    console: &'a Console,
    options: &'a LaunchOptions,
    display: Box<dyn Display>,
}

/// A run, and what became of it.
struct Job {
    spec: RunSpec,
    /// Of a trial: the place of its search, and its number there.
    trial: Option<(usize, u64)>,
    folder: Option<PathBuf>,
    /// How often it was started again.
    retried: usize,
    end: JobEnd,
}

/// A search, and whether its winner is known.
struct Search {
    searching: Searching,
    decided: bool,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        specs: Vec<RunSpec>,
        searches: Vec<Searching>,
        folders: &RunFolders,
        options: &'a LaunchOptions,
        console: &'a Console,
        mut display: Box<dyn Display>,
    ) -> Self {
        let trials: usize = searches.iter().map(|s| s.left() + s.finals().len()).sum();
        display.expect(specs.len() + trials);
        Work {
            finished: Vec::new(),
            waiting: (0..specs.len()).collect(),
            jobs: specs.into_iter().map(|spec| Job::new(spec, None)).collect(),
            searches: searches
                .into_iter()
                .map(|searching| Search {
                    searching,
                    decided: false,
                })
                .collect(),
            folders: folders.clone(),
            console,
            options,
            display,
        }
    }

    /// What became of the runs, and of the searches.
    pub(super) fn conclude(mut self) -> (Vec<RunResult>, Vec<SearchReport>) {
        self.display.finish();
        let mut runs: Vec<RunResult> = self
            .jobs
            .into_iter()
            .filter(|job| job.trial.is_none())
            .map(|job| result(&job.spec, job.end, job.folder))
            .chain(self.finished)
            .collect();
        let mut reports = Vec::new();
        for search in self.searches {
            if !search.decided {
                let undone = search.searching.finals().iter();
                runs.extend(undone.map(|spec| result(spec, JobEnd::NotStarted, None)));
            }
            reports.push(search.searching.report_of_all());
        }
        (runs, reports)
    }

    /// Turns searches that are over into runs with the winner's values.
    fn decide(&mut self) {
        for search in self.searches.iter_mut().filter(|s| !s.decided) {
            if !search.searching.is_over() {
                continue;
            }
            search.decided = true;
            match search.searching.winners() {
                Ok(winners) => {
                    for spec in winners {
                        let earlier = self.options.resume.then(|| finished_earlier(&spec, &self.folders));
                        if let Some(earlier) = earlier.flatten() {
                            self.finished.push(earlier);
                            continue;
                        }
                        self.waiting.push_back(self.jobs.len());
                        self.jobs.push(Job::new(spec, None));
                    }
                }
                Err(failure) => {
                    for spec in search.searching.finals() {
                        let mut job = Job::new(spec.clone(), None);
                        job.end = JobEnd::Failed(failure.clone());
                        self.display.ended(self.jobs.len(), &job.end);
                        self.jobs.push(job);
                    }
                }
            }
        }
    }

    /// The next trial of the search with the fewest running ones.
    fn trial(&mut self) -> Option<usize> {
        let mut order: Vec<usize> = (0..self.searches.len()).filter(|i| !self.searches[*i].decided).collect();
        order.sort_by_key(|i| self.searches[*i].searching.running());
        for index in order {
            if let Some((number, spec)) = self.searches[index].searching.next() {
                self.jobs.push(Job::new(spec, Some((index, number))));
                return Some(self.jobs.len() - 1);
            }
        }
        None
    }

    fn folders_of(&self, job: usize) -> RunFolders {
        match self.jobs[job].trial {
            Some((search, _)) => self.searches[search].searching.folders().clone(),
            None => self.folders.clone(),
        }
    }
}

impl Jobs for Work<'_> {
    fn next(&mut self) -> Next {
        loop {
            if let Some(job) = self.waiting.pop_front() {
                return Next::Start(job);
            }
            if let Some(job) = self.trial() {
                return Next::Start(job);
            }
            self.decide();
            if self.waiting.is_empty() {
                return Next::Nothing;
            }
        }
    }

    fn launch(&mut self, job: usize) -> Result<Launch> {
        let folders = self.folders_of(job);
        let run = &mut self.jobs[job];
        let earlier = if self.options.resume || run.trial.is_some() {
            folders.attempts_at(&run.spec.id)
        } else {
            // What was started again here goes on.
            run.folder.iter().cloned().collect()
        };
        let folder = folders.new_run(&run.spec.experiment.name, &run.spec.id)?;
        let spec = RunSpec {
            checkpoints: checkpoints(&earlier),
            ..run.spec.clone()
        };
        write_whole(&folder.join(SPEC_FILE), &spec.to_json()?)?;
        let log = folder.join(LOG_FILE);
        let log = File::create(&log).map_err(|e| unwritable(&log, e))?;
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
        let WorkerEvent::Epoch(scores) = event else {
            return None;
        };
        let run = &self.jobs[job];
        match run.trial {
            Some((search, number)) => self.searches[search].searching.epoch(number, scores),
            // A trial that is repeated has no study to ask.
            None => run.spec.trial.as_ref().filter(|t| t.judged).map(|_| Order::GoOn),
        }
    }

    fn ended(&mut self, job: usize, end: JobEnd) {
        self.display.ended(job, &end);
        let run = &mut self.jobs[job];
        if let JobEnd::Failed(failure) = &end {
            if failure.code == KILLED && run.retried < self.options.retries {
                run.retried += 1;
                self.display.expect(1);
                self.waiting.push_front(job);
                return;
            }
            // Once the disk is well, the run is tried again.
            if let Some(folder) = &run.folder
                && !failure.is_of_the_disk()
            {
                write_failure(folder, failure);
            }
        }
        if let Some((search, number)) = run.trial {
            let searching = &mut self.searches[search].searching;
            searching.ended(number, run.folder.as_deref(), &end);
        }
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
    fn new(spec: RunSpec, trial: Option<(usize, u64)>) -> Self {
        Job {
            spec,
            trial,
            folder: None,
            retried: 0,
            end: JobEnd::NotStarted,
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
