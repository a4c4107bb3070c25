//! What a campaign has to do: its runs, and the trials of its searches.

use super::campaign::elsewhere;
use super::display::Display;
use super::execute::{result, run_result};
use super::finished::{find_finished, over_earlier, serves, write_failure};
use super::folders::{LOG_FILE, RunFolders, unwritable, write_whole};
use super::launch::{LaunchOptions, Site};
use super::pool::{JobEnd, Jobs, KILLED, Next};
use super::studies::{SearchReport, Searching};
use super::together::{Member, Queue, TakenSearch, Turn, latest_failure};
use crate::output::Console;
use crate::process::Launch;
use crate::profile::PROFILE_TEXT;
use crate::report::{Outcome, RunResult};
use crate::worker::CHECKPOINT_FILE;
use crate::worker::protocol::{Failure, Order, WorkerEvent};
use crate::worker::spec::{RunSpec, SPEC_FILE};
use neurotrain_claims::Claim;
use neurotrain_plugin_api::{Error, Result};
use std::cell::RefCell;
use std::fs::File;
use std::path::PathBuf;

/// What a campaign has to do, as jobs of a pool.
pub(super) struct Work<'a> {
    /// All jobs so far; the number of a job is its place.
    jobs: Vec<Job>,
    /// Winners that were trained earlier.
    finished: Vec<RunResult>,
    /// Runs that can begin, here or elsewhere.
    queue: Queue<'a>,
    member: Option<&'a Member>,
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
    /// Those of all its attempts here.
    folders: Vec<PathBuf>,
    /// How often it was started again.
    retried: usize,
    end: JobEnd,
}

/// A search, and whether its winner is known.
struct Search {
    searching: Searching,
    decided: bool,
    /// It is this supervisor's as long as it has this.
    claim: Option<Claim>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        specs: Vec<RunSpec>,
        searches: Vec<TakenSearch>,
        site: Site<'a>,
        mut display: Box<dyn Display>,
    ) -> Self {
        let Site {
            folders,
            member,
            options,
            console,
            ..
        } = site;
        let trials: usize = searches
            .iter()
            .map(|taken| taken.searching.left() + taken.searching.finals().len())
            .sum();
        display.expect(specs.len() + trials);
        Work {
            finished: Vec::new(),
            queue: Queue::new(specs.len(), member),
            member,
            jobs: specs.into_iter().map(|spec| Job::new(spec, None)).collect(),
            searches: searches
                .into_iter()
                .map(|taken| Search {
                    searching: taken.searching,
                    decided: false,
                    claim: taken.claim,
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
        let queue = self.queue;
        let mut runs: Vec<RunResult> = self
            .jobs
            .into_iter()
            .enumerate()
            .filter(|(_, job)| job.trial.is_none())
            .map(|(number, job)| job.result(queue.holder(number)))
            .chain(self.finished)
            .collect();
        let mut reports = Vec::new();
        for search in self.searches {
            if !search.decided {
                let lost = search.is_lost();
                let undone = search.searching.finals().iter();
                runs.extend(undone.map(|spec| match lost {
                    true => run_result(spec, elsewhere(), None),
                    false => result(spec, JobEnd::NotStarted, None),
                }));
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
                        let earlier = self.options.resume.then(|| {
                            let attempts = self.folders.attempts_at(&spec.id);
                            over_earlier(&spec, &attempts, self.options.retry_failed)
                        });
                        if let Some(earlier) = earlier.flatten() {
                            self.finished.push(earlier);
                            continue;
                        }
                        self.queue.push(self.jobs.len());
                        self.jobs.push(Job::new(spec, None));
                    }
                }
                Err(failure) => {
                    for spec in search.searching.finals() {
                        let mut job = Job::new(spec.clone(), None);
                        job.end = JobEnd::Failed(failure.clone());
                        self.display.settled(&spec.experiment.name, "", &job.end);
                        self.jobs.push(job);
                    }
                }
            }
        }
    }

    /// The next trial of the search with the fewest running ones.
    fn trial(&mut self) -> Option<usize> {
        if self.member.is_some_and(|member| !member.options().start) {
            return None;
        }
        let is_open = |search: &Search| !search.decided && !search.is_lost();
        let mut order: Vec<usize> = (0..self.searches.len())
            .filter(|i| is_open(&self.searches[*i]))
            .collect();
        order.sort_by_key(|i| self.searches[*i].searching.running());
        for index in order {
            if let Some((number, spec)) = self.searches[index].searching.next() {
                self.jobs.push(Job::new(spec, Some((index, number))));
                return Some(self.jobs.len() - 1);
            }
        }
        None
    }

    /// The next run that is neither done nor in the hands of others.
    fn run(&mut self) -> Turn {
        let (jobs, display) = (RefCell::new(&mut self.jobs), &mut self.display);
        let folders = &self.folders;
        // What is to be done anew is not done by what others did.
        let member = self.member.filter(|_| self.options.resume);
        let key = |job: usize| jobs.borrow()[job].spec.id.clone();
        let mut settle = |job: usize| {
            let run = &mut jobs.borrow_mut()[job];
            let done = member.is_some_and(|member| run.settle(folders, member));
            if done {
                display.settled(&run.spec.experiment.name, "elsewhere ", &run.end);
            }
            done
        };
        self.queue.next(&key, &mut settle)
    }

    /// Nothing more can be started.
    fn give_up(&mut self, why: &Error) {
        let left = self.jobs.iter_mut().enumerate();
        for (_, run) in left.filter(|(job, run)| run.is_waiting() && !self.queue.has(*job)) {
            run.end = JobEnd::Failed(Failure::from(why));
        }
    }

    /// Whether the job, which runs here, is somebody else's now.
    fn is_lost(&self, job: usize) -> bool {
        match self.jobs[job].trial {
            Some((search, _)) => self.searches[search].is_lost(),
            None => self.queue.lost(job),
        }
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
            // The winner of a search is trained before the trials of the next one.
            self.decide();
            let then = match self.run() {
                Turn::Start(job) => return Next::Start(job),
                Turn::Wait => Next::Wait,
                Turn::Nothing => Next::Nothing,
                Turn::Failed(e) => {
                    self.give_up(&e);
                    return Next::Nothing;
                }
            };
            if let Some(job) = self.trial() {
                return Next::Start(job);
            }
            self.decide();
            if !self.queue.has_waiting() {
                return then;
            }
        }
    }

    fn launch(&mut self, job: usize) -> Result<Launch> {
        let folders = self.folders_of(job);
        let run = &mut self.jobs[job];
        let earlier = match run.trial {
            Some((search, _)) => self.searches[search].searching.attempts(&run.spec),
            None if self.options.resume => folders.attempts_at(&run.spec.id),
            // What was started again here goes on.
            None => run.folders.clone(),
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
        run.folders.push(folder.clone());
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
        if self.is_lost(job) {
            return Some(Order::Stop);
        }
        let WorkerEvent::Epoch(scores) = event else {
            return None;
        };
        let (search, number) = self.jobs[job].trial?;
        self.searches[search].searching.epoch(number, scores)
    }

    fn ended(&mut self, job: usize, end: JobEnd) {
        self.display.ended(job, &end);
        let lost = self.is_lost(job);
        let run = &mut self.jobs[job];
        if lost && run.trial.is_none() && !matches!(end, JobEnd::Finished(_)) {
            self.display.expect(1);
            run.folder = None;
            return self.queue.hand_over(job);
        }
        if let (true, Some((search, number))) = (lost, run.trial) {
            // Whoever has the search by now has the trial, too.
            self.searches[search].searching.lost(number);
            run.end = end;
            return;
        }
        if let JobEnd::Failed(failure) = &end {
            if failure.code == KILLED && run.retried < self.options.retries {
                run.retried += 1;
                self.display.expect(1);
                return self.queue.again(job);
            }
            // Once the disk is well, the run is tried again.
            if let Some(folder) = &run.folder
                && !failure.is_of_the_disk()
            {
                write_failure(folder, failure);
            }
        }
        self.queue.release(job);
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
            folders: Vec::new(),
            retried: 0,
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

    fn result(self, holder: Option<&str>) -> RunResult {
        match holder {
            Some(holder) => {
                let holder = holder.to_owned();
                run_result(&self.spec, Outcome::Elsewhere { holder }, None)
            }
            None => result(&self.spec, self.end, self.folder),
        }
    }
}

impl Search {
    /// Whether another supervisor has taken over.
    fn is_lost(&self) -> bool {
        self.claim.as_ref().is_some_and(Claim::lost)
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
