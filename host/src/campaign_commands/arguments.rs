//! Arguments of `campaign`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Arguments of `campaign`.
#[derive(Debug, Clone, Subcommand)]
pub enum CampaignCommand {
    /// Hand a campaign to Slurm or HyperQueue
    Submit(Box<SubmitArgs>),
    /// Say what is finished, running, failed and waiting; works while others write
    Status(StatusArgs),
    /// The same again and again until the campaign is over
    Watch(WatchArgs),
}

/// Arguments of `campaign status`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Exit codes: 0 all runs are finished, 1 a run failed, 3 not all runs are finished yet."
)]
pub struct StatusArgs {
    /// Folder of the campaign, for instance `runs/quickstart`
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Also list what is finished or waiting, run by run
    #[arg(long)]
    pub all: bool,
    /// As JSON, every run
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `campaign watch`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit codes as for `campaign status`. Ctrl-C ends watching, not the campaign.")]
pub struct WatchArgs {
    /// Folder of the campaign, for instance `runs/quickstart`
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = interval)]
    pub interval: f64,
    /// Also list what is finished or waiting, run by run
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `campaign submit`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain campaign submit campaigns/quickstart.yaml --slurm --workers 8 --time 04:00:00 --cpus 4 --mem 8G
  neurotrain campaign submit campaigns/quickstart.yaml --slurm --workers 100 --throttle 20 --partition cpu
  neurotrain campaign submit campaigns/quickstart.yaml --hyperqueue --workers 16 --cpus 2
  neurotrain campaign submit campaigns/quickstart.yaml --slurm -- --set runtime.epochs=50 --cost-table builtin

Every element of the job array runs `neurotrain run FILE --claim`: it takes runs that nobody has until none is left.
Before its time is up it saves checkpoints and queues itself again. A last job sums up.
All machines need this program, the plugins, the data and the results folder under the same paths.")]
pub struct SubmitArgs {
    /// Campaign file (YAML, TOML or JSON)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// To Slurm, as a job array
    #[arg(long, required_unless_present = "hyperqueue", conflicts_with = "hyperqueue")]
    pub slurm: bool,
    /// To HyperQueue, as a job of many tasks
    #[arg(long)]
    pub hyperqueue: bool,
    /// Elements of the job array [default: one for each run that is not finished, at most 16]
    #[arg(long, alias = "array", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub workers: Option<u32>,
    /// Elements that run at the same time, at most (Slurm)
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "hyperqueue")]
    pub throttle: Option<u32>,
    /// Give each element a fixed part of the runs (--shard) instead of what nobody has
    #[arg(long)]
    pub shard: bool,
    /// Time of an element; it is queued again when that was too short. HyperQueue: only workers with so much time left
    /// take it
    #[arg(long, value_name = "[D-]HH:MM:SS", value_parser = slurm_time)]
    pub time: Option<String>,
    /// Seconds before the end of that time at which checkpoints are saved (Slurm)
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(10..=65535))]
    pub warning: u32,
    /// Cores of an element
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub cpus: u32,
    /// Memory of an element, as Slurm reads it: 4G
    #[arg(long, value_name = "SIZE", conflicts_with = "hyperqueue")]
    pub mem: Option<String>,
    /// Partition (Slurm)
    #[arg(long, value_name = "NAME", conflicts_with = "hyperqueue")]
    pub partition: Option<String>,
    /// Account (Slurm)
    #[arg(long, value_name = "NAME", conflicts_with = "hyperqueue")]
    pub account: Option<String>,
    /// Quality of service (Slurm)
    #[arg(long, value_name = "NAME", conflicts_with = "hyperqueue")]
    pub qos: Option<String>,
    /// Another option of sbatch, for instance `--sbatch-arg=--constraint=avx2`; may be repeated
    #[arg(
        long,
        value_name = "OPTION",
        allow_hyphen_values = true,
        conflicts_with = "hyperqueue"
    )]
    pub sbatch_arg: Vec<String>,
    /// How often a task may lose its worker (HyperQueue)
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=65535))]
    pub crash_limit: u32,
    /// Folder for results [default: what the campaign says, else `runs`]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Check the campaign and show the scripts, and submit nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Options of `neurotrain run`, after `--`
    #[arg(last = true, value_name = "OPTIONS OF RUN", allow_hyphen_values = true)]
    pub run: Vec<String>,
}

fn interval(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=86_400.0).contains(&seconds) => Ok(seconds),
        Ok(_) => Err("must be between 0.1 and 86400 seconds".to_owned()),
        Err(e) => Err(e.to_string()),
    }
}

fn slurm_time(text: &str) -> Result<String, String> {
    if super::submit::seconds_of(text).is_some() {
        Ok(text.to_owned())
    } else {
        Err("write it as Slurm does: 04:00:00, 1-12:00:00, or minutes".to_owned())
    }
}
