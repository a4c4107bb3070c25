//! What is submitted, whatever the engine.

use super::text_of;
use crate::campaign_commands::arguments::SubmitArgs;
use crate::cli::{RunArgs, request_for};
use crate::supervisor::{CampaignRequest, Mode};
use clap::Parser;
use neurotrain_plugin_api::{Error, Result};
use std::path::PathBuf;

/// A campaign on its way to an engine.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) campaign: String,
    pub(super) folder: PathBuf,
    /// Elements of the job array.
    pub(super) workers: u32,
    /// Options of `neurotrain run` that are the same for all.
    pub(super) run: Vec<String>,
    pub(super) program: PathBuf,
    pub(super) working_folder: PathBuf,
    pub(super) file: PathBuf,
}

impl Order {
    /// Where scripts and logs go.
    pub(super) fn submit_folder(&self) -> PathBuf {
        self.folder.join("submit")
    }

    /// Name of the job.
    pub(super) fn job_name(&self) -> String {
        let safe = |c: char| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        };
        format!(
            "neurotrain-{}",
            self.campaign.chars().map(safe).collect::<String>()
        )
    }

    /// The command of an element; `more` comes last.
    pub(super) fn command(&self, more: &[&str]) -> Vec<String> {
        let out = self.folder.parent().map(text_of).unwrap_or_default();
        let fixed = ["run".to_owned(), text_of(&self.file), "--out".to_owned(), out];
        [text_of(&self.program)]
            .into_iter()
            .chain(fixed)
            .chain(self.run.iter().cloned())
            .chain(more.iter().map(|word| (*word).to_owned()))
            .collect()
    }
}

/// The options of `run` after `--`, completed so that an element uses its cores and no more.
pub(super) fn run_arguments(args: &SubmitArgs) -> Result<Vec<String>> {
    let given = parse(args, &args.run)?;
    let decided = [
        (given.shared.sharing.claim, "--claim"),
        (given.shared.sharing.shard.is_some(), "--shard"),
        (given.shared.sharing.no_wait, "--no-wait"),
        (given.shared.sharing.no_new, "--no-new"),
        (given.shared.out.is_some(), "--out"),
        (given.dry_run, "--dry-run"),
        (given.shared.force, "--force"),
    ];
    if let Some((_, option)) = decided.iter().find(|(is_given, _)| *is_given) {
        return Err(
            usage(format!("`{option}` cannot be handed on to `neurotrain run`"))
                .with_hint("`campaign submit` decides it, or has an option of its own before the `--`"),
        );
    }
    let cpus = args.cpus as usize;
    let sharing = crate::supervisor::share(cpus, usize::MAX, given.shared.jobs, given.shared.threads);
    let mut run = args.run.clone();
    if given.shared.jobs.is_none() {
        run.extend(["--jobs".to_owned(), sharing.jobs.to_string()]);
    }
    if given.shared.threads.is_none() {
        run.extend(["--threads".to_owned(), sharing.threads.to_string()]);
    }
    Ok(run)
}

/// What an element will be asked for, to check the campaign.
pub(super) fn request(args: &SubmitArgs, run: &[String], log_level: &str) -> Result<CampaignRequest> {
    let mut run = parse(args, run)?;
    run.shared.out.clone_from(&args.out);
    run.dry_run = args.dry_run;
    let mut request = request_for(&run, &args.file, log_level)?;
    // All elements need one cost table.
    request.sharing.mode = Mode::Shared(None);
    Ok(request)
}

fn parse(args: &SubmitArgs, run: &[String]) -> Result<RunArgs> {
    /// The command line of `neurotrain run`.
    #[derive(Debug, Parser)]
    #[command(name = "neurotrain run", no_binary_name = true)]
    struct RunLine {
        #[command(flatten)]
        run: RunArgs,
    }
    let words = [text_of(&args.file)].into_iter().chain(run.iter().cloned());
    let line = RunLine::try_parse_from(words)
        .map_err(|e| usage(format!("options after `--`: {}", e.to_string().trim())))?;
    if line.run.files.len() > 1 {
        return Err(usage("one campaign file at a time can be submitted".to_owned()));
    }
    Ok(line.run)
}

fn usage(message: String) -> Error {
    Error::new("usage", message)
}
