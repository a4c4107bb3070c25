//! From a campaign's sources to its results.

use super::execute::run_result;
use super::finished::{find_finished, leave_finished};
use super::folders::{CampaignFolder, RunFolders};
use super::launch::{LaunchOptions, Site, forecast, launch_all};
use super::plan::{Plan, plan};
use super::reasons::reasons;
use super::studies::split_searches;
use super::together::{Member, Mode, Planned, Searches, Shard, SharingOptions};
use crate::cli::Exit;
use crate::cost::{COST_TABLE_FILE, FrozenTable, resolve, resolve_together};
use crate::estimate;
use crate::output::{Console, indent, thousands};
use crate::process::Interrupts;
use crate::report::{Outcome, Results, RunResult, csv, json, text, without_start};
use crate::runtime::DataSearch;
use crate::worker::spec::RunSpec;
use neurotrain_campaign::{Campaign, CampaignSource, Experiment};
use neurotrain_discovery::Registry;
use neurotrain_plugin_api::{Component, Error, Result};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Time between two looks at searches of others.
const LOOK: Duration = Duration::from_secs(1);

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
    /// How the work is shared with other supervisors.
    pub(crate) sharing: SharingOptions,
}

/// Expands, checks, runs and sums up a campaign.
pub(crate) fn run_campaign(
    request: &CampaignRequest,
    interrupts: &Interrupts,
    console: &Console,
) -> Result<Exit> {
    let Prepared {
        campaign,
        mut plan,
        cost,
        place,
    } = prepare(request, console)?;
    if request.dry_run {
        let exit = dry_run(&campaign, &plan, console);
        if request.launch.estimate {
            let planned = estimate::planned(&plan.specs);
            let forecast = forecast(planned, &place, &request.launch.of(&campaign));
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
    let folder = CampaignFolder::existing(&place)?;
    let member = Member::join(&folder, &request.sharing)?;
    let planned = Planned::new(&campaign.name, &plan.specs, &plan.broken);
    planned.agrees_with_others(&folder, &member)?;
    describe(&campaign, &cost, &planned, &folder)?;
    if let Some(shard) = request.sharing.mode.shard() {
        keep_part(&mut plan, &campaign, shard);
    }

    let (ready, searched) = split_searches(plan.specs);
    let (mut runs, todo) = leave_finished(ready, &folder, request);
    for reason in reasons(&todo, &folder.runs()) {
        console.note(&reason);
    }
    runs.extend(plan.broken);
    let mut searches = Searches::new(searched, request.force);
    let title = match runs.len() {
        0 => campaign.name.clone(),
        n => format!("{} ({n} finished earlier or cannot run)", campaign.name),
    };
    let launch = request.launch.of(&campaign);
    let site = Site {
        folders: &folder.runs(),
        member: Some(&member),
        options: &launch,
        interrupts,
        console,
    };
    let mut new = launch_all(todo, searches.take(&folder, &member)?, &title, site);
    let stop = Arc::new(AtomicBool::new(false));
    while !new.interrupted && !searches.is_empty() {
        let taken = searches.take(&folder, &member)?;
        if taken.is_empty() {
            if !request.sharing.wait || !request.sharing.start {
                break;
            }
            // Between the searches there is no pool that listens.
            let raised = Arc::clone(&stop);
            let _listening = interrupts.subscribe(move || raised.store(true, Ordering::Relaxed));
            std::thread::sleep(LOOK);
            new.interrupted |= stop.load(Ordering::Relaxed);
            continue;
        }
        let title = format!("{} (another search)", campaign.name);
        new.extend(launch_all(Vec::new(), taken, &title, site));
    }
    new.runs
        .extend(searches.left().map(|spec| run_result(spec, elsewhere(), None)));
    new.runs.extend(searches.broken());
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
    let name = match request.sharing.mode {
        Mode::Part(shard) | Mode::Shared(Some(shard)) => format!("summary.shard-{shard}"),
        Mode::Alone | Mode::Shared(None) => "summary".to_owned(),
    };
    conclude(&results, &folder, &name, console)?;
    Ok(exit_of(&runs, new.interrupted))
}

/// What is known of runs whose search somebody else does.
pub(super) fn elsewhere() -> Outcome {
    let holder = "another supervisor, which does the search".to_owned();
    Outcome::Elsewhere { holder }
}

/// A campaign that was read and checked.
#[derive(Debug)]
struct Prepared {
    campaign: Campaign,
    plan: Plan,
    cost: FrozenTable,
    place: PathBuf,
}

/// Reads, expands and checks a campaign. Nothing is written, except the cost table that several machines have to share.
fn prepare(request: &CampaignRequest, console: &Console) -> Result<Prepared> {
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
    let (wanted, note) = (&campaign.runtime.cost_table, |line: &str| console.note(line));
    let cost = if request.sharing.mode == Mode::Alone || request.dry_run {
        resolve(wanted, &place, &note)?
    } else {
        CampaignFolder::existing(&place)?;
        resolve_together(wanted, &place, &note)?
    };
    let plan = plan(&mut campaign, request, &data, &cost)?;
    Ok(Prepared {
        campaign,
        plan,
        cost,
        place,
    })
}

/// Writes down what the campaign is.
fn describe(
    campaign: &Campaign,
    cost: &FrozenTable,
    planned: &Planned,
    folder: &CampaignFolder,
) -> Result<()> {
    folder.write("campaign.json", &(serde_json::to_string_pretty(campaign)? + "\n"))?;
    folder.write(COST_TABLE_FILE, &cost.table.to_json())?;
    planned.write(folder)
}

/// A campaign as those who hand it to others need it.
#[derive(Debug)]
pub(crate) struct Outline {
    /// Name of the campaign.
    pub(crate) campaign: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Runs that are neither finished nor broken.
    pub(crate) todo: usize,
    /// All runs.
    pub(crate) runs: usize,
    /// Why some cannot run.
    pub(crate) broken: Vec<String>,
}

/// Checks a campaign without running it, and writes down what it is unless it is a dry run.
pub(crate) fn outline(request: &CampaignRequest, console: &Console) -> Result<Outline> {
    let Prepared {
        campaign,
        plan,
        cost,
        place,
    } = prepare(request, console)?;
    if plan.specs.is_empty() {
        return Err(nothing_to_run(&campaign, &plan));
    }
    let planned = Planned::new(&campaign.name, &plan.specs, &plan.broken);
    let runs = plan.specs.len();
    let attempts = RunFolders::of(&place).attempts();
    let is_finished = |spec: &RunSpec| {
        let folders: Vec<PathBuf> = attempts.get(&spec.id).into_iter().flatten().cloned().collect();
        find_finished(&folders).is_some()
    };
    let todo = plan.specs.iter().filter(|spec| !is_finished(spec)).count();
    if !request.dry_run {
        describe(&campaign, &cost, &planned, &CampaignFolder::existing(&place)?)?;
    }
    Ok(Outline {
        campaign: campaign.name.clone(),
        folder: place,
        todo,
        runs,
        broken: without_start(&plan.broken),
    })
}

/// Leaves only the runs of a part, counted in the order of the campaign.
fn keep_part(plan: &mut Plan, campaign: &Campaign, shard: Shard) {
    let experiments = &campaign.experiments;
    // The runs of one search stay together.
    let place = |at: usize| {
        let of_search = |other: &Experiment| other.search.is_some() && other.group == experiments[at].group;
        let first = experiments.iter().position(of_search);
        first.filter(|_| experiments[at].search.is_some()).unwrap_or(at)
    };
    let part: HashSet<&str> = (0..experiments.len())
        .filter(|at| shard.has(place(*at)))
        .map(|at| experiments[at].name.as_str())
        .collect();
    plan.specs
        .retain(|spec| part.contains(spec.experiment.name.as_str()));
    plan.broken.retain(|run| part.contains(run.name.as_str()));
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

/// The exit code of a set of runs.
pub(super) fn exit_of(runs: &[RunResult], interrupted: bool) -> Exit {
    if interrupted {
        Exit::Interrupted
    } else if runs.iter().any(|run| run.failed() || run.not_started()) {
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

fn conclude(results: &Results<'_>, folder: &CampaignFolder, name: &str, console: &Console) -> Result<()> {
    let summary = text(results);
    console.print(&summary);
    folder.write(&format!("{name}.txt"), &(summary + "\n"))?;
    folder.write(&format!("{name}.json"), &json(results)?)?;
    folder.write(&format!("{name}.csv"), &csv(results)?)?;
    Ok(())
}
