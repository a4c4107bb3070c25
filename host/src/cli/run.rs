//! `run`, `train` and `repeat`.

use super::{Exit, RepeatArgs, RunArgs, SharedRunArgs, TrainArgs};
use crate::output::Console;
use crate::process::Interrupts;
use crate::supervisor::{CampaignRequest, LaunchOptions, repeat_runs, run_campaign};
use neurotrain_campaign::CampaignSource;
use neurotrain_plugin_api::Result;
use std::path::Path;
use std::time::Duration;

/// Log filter of workers unless the user chose one: their log goes to a file.
const WORKER_LOG: &str = "info";

/// `neurotrain run`.
pub(super) fn run(args: RunArgs, log_level: &str, console: &Console) -> Result<Exit> {
    let interrupts = Interrupts::listen()?;
    let mut exit = Exit::Done;
    for file in &args.files {
        let request = request_for(&args, file, log_level)?;
        match run_campaign(&request, &interrupts, console)? {
            Exit::Interrupted => return Ok(Exit::Interrupted),
            Exit::Done => {}
            other => exit = other,
        }
    }
    Ok(exit)
}

/// What `args` ask for of the campaign in `file`.
pub(crate) fn request_for(args: &RunArgs, file: &Path, log_level: &str) -> Result<CampaignRequest> {
    let source = CampaignSource::file(file).process_environment();
    let source = with_profile(source, args.shared.profile.as_deref());
    let source = with_flags(
        source,
        &args.seed,
        args.device.as_deref(),
        &args.shared,
        &args.set,
    );
    request(
        source,
        file.parent(),
        &args.shared,
        args.dry_run,
        args.retry_failed,
        log_level,
    )
}

/// `neurotrain train`.
pub(super) fn train(args: TrainArgs, log_level: &str, console: &Console) -> Result<Exit> {
    let mut source = CampaignSource::single(&args.trainer, &args.model, &args.dataset).process_environment();
    if let Some(epochs) = args.epochs {
        source = source.flag(&format!("--epochs {epochs}"), &format!("runtime.epochs={epochs}"));
    }
    if let Some(size) = args.batch_size {
        source = source.flag(
            &format!("--batch-size {size}"),
            &format!("runtime.batch_size={size}"),
        );
    }
    let source = with_profile(source, args.shared.profile.as_deref());
    let source = with_flags(
        source,
        &args.seed,
        args.device.as_deref(),
        &args.shared,
        &args.set,
    );
    let request = request(source, None, &args.shared, args.dry_run, true, log_level)?;
    run_campaign(&request, &Interrupts::listen()?, console)
}

/// `neurotrain repeat`.
pub(super) fn repeat(args: RepeatArgs, log_level: &str, console: &Console) -> Result<Exit> {
    let options = LaunchOptions {
        jobs: None,
        threads: args.threads,
        timeout: limit(args.limits.timeout),
        stall: limit(args.limits.stall_timeout),
        memory: args.limits.memory_limit,
        retries: args.limits.retries,
        retry_failed: true,
        // The same from the start.
        resume: false,
        estimate: false,
        log_filter: worker_log(log_level),
    };
    repeat_runs(&args.folders, &options, &Interrupts::listen()?, console)
}

fn with_flags(
    mut source: CampaignSource,
    seeds: &[u64],
    device: Option<&str>,
    shared: &SharedRunArgs,
    sets: &[String],
) -> CampaignSource {
    if !seeds.is_empty() {
        let list: Vec<String> = seeds.iter().map(ToString::to_string).collect();
        let shown: Vec<String> = list.iter().map(|seed| format!("--seed {seed}")).collect();
        source = source.flag(&shown.join(" "), &format!("runtime.seeds=[{}]", list.join(", ")));
    }
    if let Some(device) = device {
        source = source.flag(&format!("--device {device}"), &format!("runtime.device={device}"));
    }
    if let Some(table) = &shared.cost_table {
        // Quoted, since names of files may look like other values.
        let quoted = serde_json::Value::from(table.as_str());
        source = source.flag(
            &format!("--cost-table {table}"),
            &format!("runtime.cost_table={quoted}"),
        );
    }
    sets.iter().fold(source, |source, set| source.set(set))
}

/// `--profile` or `--profile=BATCHES`.
fn with_profile(source: CampaignSource, profile: Option<&str>) -> CampaignSource {
    match profile {
        None => source,
        Some("") => source.flag("--profile", "runtime.profile=true"),
        Some(batches) => {
            let flag = format!("--profile={batches}");
            source
                .flag(&flag, "runtime.profile=true")
                .flag(&flag, &format!("runtime.profile_batches={batches}"))
        }
    }
}

fn request(
    source: CampaignSource,
    campaign: Option<&Path>,
    shared: &SharedRunArgs,
    dry_run: bool,
    retry_failed: bool,
    log_level: &str,
) -> Result<CampaignRequest> {
    Ok(CampaignRequest {
        source,
        registry: shared.search.scan_for(campaign)?,
        data_dirs: shared.search.data_dir.clone(),
        out: shared.out.clone(),
        dry_run,
        force: shared.force,
        launch: LaunchOptions {
            jobs: shared.jobs,
            threads: shared.threads,
            timeout: limit(shared.limits.timeout),
            stall: limit(shared.limits.stall_timeout),
            memory: shared.limits.memory_limit,
            retries: shared.limits.retries,
            retry_failed,
            resume: !shared.force,
            estimate: if dry_run {
                shared.estimate
            } else {
                !shared.no_estimate
            },
            log_filter: worker_log(log_level),
        },
        sharing: shared.sharing.options(retry_failed),
    })
}

fn limit(seconds: u64) -> Option<Duration> {
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

/// Workers log to a file, so they may say more than the terminal shows.
fn worker_log(terminal: &str) -> String {
    if terminal == super::DEFAULT_LOG_LEVEL {
        WORKER_LOG.to_owned()
    } else {
        terminal.to_owned()
    }
}
