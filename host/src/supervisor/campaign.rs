//! From a campaign's sources to its results.

use super::execute::{Executed, execute};
use super::finished::leave_finished;
use super::folders::{CampaignFolder, RunFolders};
use super::plan::{Plan, plan};
use super::pool::Limits;
use super::reasons::reasons;
use super::sharing::share;
use super::studies::{Searching, split_searches};
use crate::cli::Exit;
use crate::cost::{COST_TABLE_FILE, resolve};
use crate::estimate::{self, Conditions, Forecast, Wanted};
use crate::output::{Console, indent, thousands};
use crate::process::Interrupts;
use crate::report::{Results, RunResult, csv, json, text, without_start};
use crate::runtime::DataSearch;
use crate::worker::spec::RunSpec;
use neurotrain_campaign::{Campaign, CampaignSource};
use neurotrain_discovery::Registry;
use neurotrain_plugin_api::{Component, Error, Result};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What is asked for.
#[derive(Debug)]
pub(crate) struct CampaignRequest {
    /// File, environment and command line.
    pub(crate) source: CampaignSource,
    /// The plugins.
    pub(crate) registry: Registry,
    /// Folders with data from the command line.
    pub(crate) data_dirs: Vec<PathBuf>,
    /// Folder for results, unless the campaign names one.
    pub(crate) out: Option<PathBuf>,
    /// Whether to stop after showing what would run.
    pub(crate) dry_run: bool,
    /// Whether finished runs are repeated.
    pub(crate) force: bool,
    /// How runs are started and bounded.
    pub(crate) launch: LaunchOptions,
}

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

/// Expands, checks, runs and sums up a campaign.
pub(crate) fn run_campaign(
    request: &CampaignRequest,
    interrupts: &Interrupts,
    console: &Console,
) -> Result<Exit> {
    let components = installed_components(&request.registry);
    let mut campaign = neurotrain_campaign::load(&request.source, &components)
        .map_err(|problems| explain(problems.into(), &request.registry))?;
    let data = data_search(request, &campaign);
    let out = request
        .out
        .clone()
        .or_else(|| campaign.out.as_ref().map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("runs"));
    let place = CampaignFolder::place(&out, &campaign.name)?;
    let cost = resolve(&campaign.runtime.cost_table, &place, &|line| console.note(line))?;
    let plan = plan(&mut campaign, request, &data, &cost)?;
    if request.dry_run {
        let exit = dry_run(&campaign, &plan, console);
        if request.launch.estimate {
            let planned = estimate::planned(&plan.specs);
            let forecast = forecast(planned, &place, &launch_options(request, &campaign));
            console.print(&format!("\n{}", forecast.text()));
        }
        return Ok(exit);
    }
    for warning in &campaign.warnings {
        console.note(&format!("warning: {warning}"));
    }
    if plan.specs.is_empty() {
        return Err(nothing_to_run(&campaign, &plan));
    }
    let folder = CampaignFolder::create(&out, &campaign.name)?;
    folder.write(
        "campaign.json",
        &(serde_json::to_string_pretty(&campaign)? + "\n"),
    )?;
    folder.write(COST_TABLE_FILE, &cost.table.to_json())?;

    let (ready, searched) = split_searches(plan.specs);
    let (mut runs, todo) = leave_finished(ready, &folder, request);
    for reason in reasons(&todo, &folder.runs()) {
        console.note(&reason);
    }
    runs.extend(plan.broken);
    let searches = searched
        .into_iter()
        .map(|finals| Searching::open(finals, &folder, request.force))
        .collect::<Result<Vec<_>>>()?;
    let title = match runs.len() {
        0 => campaign.name.clone(),
        n => format!("{} ({n} finished earlier or cannot run)", campaign.name),
    };
    let launch = launch_options(request, &campaign);
    let new = launch_all(todo, searches, &folder.runs(), &launch, &title, interrupts, console);
    runs.extend(new.runs);
    in_order_of(&campaign, &mut runs);
    let results = Results {
        campaign: &campaign.name,
        folder: folder.path().to_owned(),
        runs: &runs,
        searches: &new.searches,
        skipped: &campaign.skipped,
        taken: new.taken,
    };
    conclude(&results, &folder, console)?;
    Ok(exit_of(&runs, new.interrupted))
}

/// Adds to a problem why a plugin that has what is missed cannot be used.
fn explain(problem: Error, registry: &Registry) -> Error {
    let unusable = registry
        .plugins
        .iter()
        .filter_map(|plugin| Some((plugin, plugin.status.refusal()?)));
    let reasons: Vec<String> = unusable
        .filter(|(plugin, _)| {
            let mut keys = plugin.identity.iter().flat_map(|identity| &identity.keys);
            keys.any(|component| problem.message().contains(&format!("`{}`", component.key)))
        })
        .map(|(_, refusal)| format!("a file has it, but cannot be used: {refusal}"))
        .collect();
    if reasons.is_empty() {
        problem
    } else {
        problem.with_hint(reasons.join("\n"))
    }
}

/// The manifests of everything that can be used.
pub(crate) fn installed_components(registry: &Registry) -> Vec<Component> {
    ["trainer", "model", "dataset"]
        .into_iter()
        .flat_map(|kind| registry.components(kind))
        .map(|found| found.component.clone())
        .collect()
}

/// Starts every specification, and every search, with its share of the cores.
pub(super) fn launch_all(
    mut specs: Vec<RunSpec>,
    mut searches: Vec<Searching>,
    folders: &RunFolders,
    options: &LaunchOptions,
    title: &str,
    interrupts: &Interrupts,
    console: &Console,
) -> Executed {
    let trials: usize = searches.iter().map(Searching::left).sum();
    let finals: usize = searches.iter().map(|search| search.finals().len()).sum();
    let count = specs.len() + trials + finals;
    if count == 0 {
        return Executed::default();
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let sharing = share(cores, count, options.jobs, options.threads);
    let finals_of_searches = searches.iter_mut().flat_map(Searching::finals_mut);
    for spec in specs.iter_mut().chain(finals_of_searches) {
        spec.threads = sharing.threads;
    }
    let mut what = counted(count - trials, "run");
    if !searches.is_empty() {
        what = format!("{what} and {} of {}", counted(trials, "trial"), counted(searches.len(), "search"));
    }
    console.note(&format!(
        "{title}: {what}, {} at a time, {} each, into {}",
        sharing.jobs,
        counted(sharing.threads, "thread"),
        folders.path().display()
    ));
    let forecast = options.estimate.then(|| {
        let runs = specs.iter().chain(searches.iter().flat_map(Searching::finals)).map(Wanted::run);
        let trials = searches.iter().filter(|search| search.left() > 0);
        let campaign = folders.path().parent().unwrap_or(folders.path());
        let trials = trials.filter_map(|s| Some(Wanted::trials(s.finals().first()?, s.left() as u64)));
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
    let mut done = execute(specs, searches, folders, limits, options, interrupts, console);
    done.taken = forecast.filter(|f| f.is_known() && !done.interrupted).map(|f| f.taken(begun.elapsed()));
    done
}

/// What `wanted` will take, each run with its share of the cores.
fn forecast(mut wanted: Vec<Wanted>, campaign: &Path, options: &LaunchOptions) -> Forecast {
    let count: u64 = wanted.iter().map(|one| one.count).sum();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let sharing = share(cores, count as usize, options.jobs, options.threads);
    wanted.iter_mut().for_each(|one| one.spec.threads = sharing.threads);
    let conditions = Conditions {
        sharing,
        stall: options.stall,
    };
    estimate::estimate(&wanted, campaign, conditions)
}

/// What was asked for, completed by what the campaign says.
fn launch_options(request: &CampaignRequest, campaign: &Campaign) -> LaunchOptions {
    let launch = request.launch.clone();
    LaunchOptions {
        jobs: launch.jobs.or(campaign.jobs),
        threads: launch.threads.or(campaign.runtime.threads),
        ..launch
    }
}

/// The exit code of a set of runs.
pub(super) fn exit_of(runs: &[RunResult], interrupted: bool) -> Exit {
    if interrupted {
        Exit::Interrupted
    } else if runs.iter().any(RunResult::failed) {
        Exit::Failed
    } else {
        Exit::Done
    }
}

fn data_search(request: &CampaignRequest, campaign: &Campaign) -> DataSearch {
    let configured = campaign
        .runtime
        .data_dir
        .iter()
        .filter(|dir| !dir.is_empty())
        .map(PathBuf::from);
    let given: Vec<PathBuf> = request.data_dirs.iter().cloned().chain(configured).collect();
    DataSearch::new(&given)
}

fn dry_run(campaign: &Campaign, plan: &Plan, console: &Console) -> Exit {
    console.print(neurotrain_campaign::dry_run(campaign).trim_end());
    let checked: Vec<String> = plan
        .specs
        .iter()
        .zip(&plan.accepted)
        .map(|(spec, known)| {
            format!(
                "{}: {} parameters, id {}",
                spec.experiment.name,
                thousands(known.parameters),
                spec.id
            )
        })
        .collect();
    if !checked.is_empty() {
        console.print(&format!(
            "\nAccepted by their plugins:\n{}",
            indent(&checked.join("\n"))
        ));
    }
    let broken = without_start(&plan.broken);
    if broken.is_empty() {
        return Exit::Done;
    }
    console.print(&format!("\nCannot run:\n{}", indent(&broken.join("\n"))));
    Exit::Failed
}

fn nothing_to_run(campaign: &Campaign, plan: &Plan) -> Error {
    let mut reasons = without_start(&plan.broken);
    reasons.extend(
        campaign
            .skipped
            .iter()
            .map(|s| format!("{} × {} × {}: {}", s.trainer, s.model, s.dataset, s.reason)),
    );
    let message = match &reasons[..] {
        [] => format!("campaign `{}` holds no experiment", campaign.name),
        [only] => format!("nothing can be run: {only}"),
        many => format!("nothing can be run:\n{}", indent(&many.join("\n"))),
    };
    Error::new("bad-config", message)
}

fn in_order_of(campaign: &Campaign, runs: &mut [RunResult]) {
    let place: HashMap<&str, usize> = campaign
        .experiments
        .iter()
        .enumerate()
        .map(|(i, e)| (e.name.as_str(), i))
        .collect();
    runs.sort_by_key(|run| place.get(run.name.as_str()).copied());
}

fn conclude(results: &Results<'_>, folder: &CampaignFolder, console: &Console) -> Result<()> {
    let summary = text(results);
    console.print(&summary);
    folder.write("summary.txt", &(summary + "\n"))?;
    folder.write("summary.json", &json(results)?)?;
    folder.write("summary.csv", &csv(results)?)?;
    Ok(())
}

fn counted(count: usize, noun: &str) -> String {
    match (count, noun.ends_with("ch")) {
        (1, _) => format!("1 {noun}"),
        (_, true) => format!("{count} {noun}es"),
        (_, false) => format!("{count} {noun}s"),
    }
}
