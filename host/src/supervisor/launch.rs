//! Starting runs, each with its share of the cores.

use super::execute::{Executed, execute};
use super::folders::RunFolders;
use super::pool::Limits;
use super::sharing::share;
use super::studies::Searching;
use super::together::{Member, TakenSearch};
use crate::estimate::{self, Conditions, Forecast, Wanted};
use crate::output::Console;
use crate::process::Interrupts;
use crate::worker::spec::RunSpec;
use neurotrain_campaign::Campaign;
use std::path::Path;
use std::time::{Duration, Instant};

/// How runs are started and bounded.
#[derive(Debug, Clone)]
pub(crate) struct LaunchOptions {
    /// Runs at a time.
    pub(crate) jobs: Option<usize>,
    /// Threads of each.
    pub(crate) threads: Option<usize>,
    /// Longest time of a run.
    pub(crate) timeout: Option<Duration>,
    /// Longest silence of a run.
    pub(crate) stall: Option<Duration>,
    /// Bytes of memory that a run may take.
    pub(crate) memory: Option<u64>,
    /// How often a run that was killed from outside is started again.
    pub(crate) retries: usize,
    /// Whether runs that failed earlier are tried again.
    pub(crate) retry_failed: bool,
    /// Whether runs go on from the checkpoints of earlier attempts.
    pub(crate) resume: bool,
    /// Whether it is said before what all of it will take.
    pub(crate) estimate: bool,
    /// Log filter of the workers.
    pub(crate) log_filter: String,
}

impl LaunchOptions {
    /// Completed by what the campaign says.
    pub(super) fn of(&self, campaign: &Campaign) -> Self {
        LaunchOptions {
            jobs: self.jobs.or(campaign.jobs),
            threads: self.threads.or(campaign.runtime.threads),
            ..self.clone()
        }
    }
}

/// Where and how runs are done.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    /// Where the runs' folders are made.
    pub(super) folders: &'a RunFolders,
    /// This supervisor among others; none where nobody else can take part.
    pub(super) member: Option<&'a Member>,
    /// How runs are started and bounded.
    pub(super) options: &'a LaunchOptions,
    /// Who may ask to stop.
    pub(super) interrupts: &'a Interrupts,
    /// Where progress is shown.
    pub(super) console: &'a Console,
}

/// Starts every specification, and every search, with its share of the cores.
pub(super) fn launch_all(
    mut specs: Vec<RunSpec>,
    mut searches: Vec<TakenSearch>,
    title: &str,
    site: Site<'_>,
) -> Executed {
    let Site {
        folders,
        options,
        console,
        ..
    } = site;
    let trials: usize = searches.iter().map(|taken| taken.searching.left()).sum();
    let finals: usize = searches.iter().map(|taken| taken.searching.finals().len()).sum();
    let count = specs.len() + trials + finals;
    if count == 0 {
        return Executed::default();
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let sharing = share(cores, count, options.jobs, options.threads);
    let finals_of_searches = searches.iter_mut().flat_map(|taken| taken.searching.finals_mut());
    for spec in specs.iter_mut().chain(finals_of_searches) {
        spec.threads = sharing.threads;
    }
    let mut what = counted(count - trials, "run");
    if !searches.is_empty() {
        what = format!(
            "{what} and {} of {}",
            counted(trials, "trial"),
            counted(searches.len(), "search")
        );
    }
    console.note(&format!(
        "{title}: {what}, {} at a time, {} each, into {}",
        sharing.jobs,
        counted(sharing.threads, "thread"),
        folders.path().display()
    ));
    let forecast = options.estimate.then(|| {
        let searched = || searches.iter().map(|taken| &taken.searching);
        let runs = specs
            .iter()
            .chain(searched().flat_map(Searching::finals))
            .map(Wanted::run);
        let campaign = folders.path().parent().unwrap_or(folders.path());
        let trials = searched()
            .filter(|search| search.left() > 0)
            .filter_map(|s| Some(Wanted::trials(s.finals().first()?, s.left() as u64)));
        let forecast = forecast(trials.chain(runs).collect(), campaign, options);
        console.note(&forecast.text());
        forecast
    });
    let begun = Instant::now();
    let limits = Limits {
        jobs: sharing.jobs,
        timeout: options.timeout,
        stall: options.stall,
        memory: options.memory,
    };
    let mut done = execute(specs, searches, limits, site);
    done.taken = forecast
        .filter(|f| f.is_known() && !done.interrupted)
        .map(|f| f.taken(begun.elapsed()));
    done
}

/// What `wanted` will take, each run with its share of the cores.
pub(super) fn forecast(mut wanted: Vec<Wanted>, campaign: &Path, options: &LaunchOptions) -> Forecast {
    let count: u64 = wanted.iter().map(|one| one.count).sum();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let sharing = share(cores, count as usize, options.jobs, options.threads);
    wanted
        .iter_mut()
        .for_each(|one| one.spec.threads = sharing.threads);
    let conditions = Conditions {
        sharing,
        stall: options.stall,
    };
    estimate::estimate(&wanted, campaign, conditions)
}

fn counted(count: usize, noun: &str) -> String {
    match (count, noun.ends_with("ch")) {
        (1, _) => format!("1 {noun}"),
        (_, true) => format!("{count} {noun}es"),
        (_, false) => format!("{count} {noun}s"),
    }
}
