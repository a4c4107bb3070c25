//! The arguments of every command.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// What is logged to the terminal unless the user says otherwise.
pub(super) const DEFAULT_LOG_LEVEL: &str = "warn";

/// Trains spiking neural networks with learning rules, networks and data sets loaded as plugins.
#[derive(Debug, Parser)]
#[command(
    name = "neurotrain",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Examples:
  neurotrain plugins list
  neurotrain train --trainer bptt --model fc_snn --dataset digits --epochs 5
  neurotrain run campaigns/quickstart.yaml --jobs 2
  neurotrain data fetch MNIST
  neurotrain archive show runs/quickstart/runs/*/run.h5

Exit codes:
  0    everything asked for was done
  1    something failed; the other runs of a campaign went on
  2    the command line or a configuration is wrong, or others are at work; nothing was started
  3    nothing failed, but not all is done yet (`campaign status`)
  130  interrupted; finished runs are intact"
)]
pub struct Cli {
    /// How much to log: error, warn, info, debug, trace, or directives as in RUST_LOG
    #[arg(long, global = true, value_name = "LEVEL", env = "RUST_LOG", default_value = DEFAULT_LOG_LEVEL)]
    pub log_level: String,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run every experiment of campaign files
    Run(RunArgs),
    /// Train one rule on one network and one data set, without a campaign file
    Train(TrainArgs),
    /// Do a run again, exactly as its folder says, into a new folder beside it
    Repeat(RepeatArgs),
    /// Hand a campaign to a batch system, or see how far it is
    #[command(subcommand)]
    Campaign(crate::campaign_commands::CampaignCommand),
    /// Find, describe and examine plugins
    #[command(subcommand)]
    Plugins(PluginsCommand),
    /// Look into campaign files
    #[command(subcommand)]
    Config(ConfigCommand),
    /// List, check, merge, compare and export what runs have left
    #[command(subcommand)]
    Archive(crate::archive_commands::ArchiveCommand),
    /// List, describe, download, verify and draw data sets, or make some
    #[command(subcommand)]
    Data(crate::data::DataCommand),
    /// Check rules against recorded numeric traces
    Golden(crate::golden::GoldenArgs),
    /// Print the place of each rule among learning rules, and which of its claims hold when it is measured
    Taxonomy(crate::taxonomy::TaxonomyArgs),
    /// Measure: this machine, training steps, evaluation, loading, the boundary
    Bench(crate::bench::BenchArgs),
    /// Opens one plugin in a process that may die of it
    #[command(name = neurotrain_discovery::PROBE_ARGUMENT, hide = true)]
    Probe(ProbeArgs),
    /// Builds networks and asks rules whether they accept them
    #[command(name = "__check", hide = true)]
    Check,
    /// Opens one data set
    #[command(name = "__data", hide = true)]
    DataChild,
    /// Begins one experiment to see how fast it is
    #[command(name = "__estimate", hide = true)]
    Estimate(WorkerArgs),
    /// Trains one experiment
    #[command(name = "__worker", hide = true)]
    Worker(WorkerArgs),
    /// Replays one golden case
    #[command(name = "__golden", hide = true)]
    GoldenCase(GoldenCaseArgs),
    /// Measures one rule
    #[command(name = "__taxonomy", hide = true)]
    TaxonomyOf(GoldenCaseArgs),
}

/// Where plugins and data are looked for.
#[derive(Debug, Clone, Default, Args)]
pub struct SearchArgs {
    /// Folder or file to look for plugins in, before all others; may be repeated
    #[arg(long, value_name = "PATH")]
    pub plugin_path: Vec<PathBuf>,
    /// Folder to look for data sets in, before all others; may be repeated
    #[arg(long, value_name = "DIR")]
    pub data_dir: Vec<PathBuf>,
    /// Examine every plugin again instead of trusting the registry
    #[arg(long)]
    pub rescan: bool,
}

/// How long runs may take.
#[derive(Debug, Clone, Args)]
pub struct LimitArgs {
    /// Kill a run after so many seconds; 0 for no limit
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub timeout: u64,
    /// Kill a run that finishes no batch for so many seconds; 0 for no limit
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    pub stall_timeout: u64,
    /// Kill a run that takes more memory, for instance `4G` or `500M` [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory_limit: Option<u64>,
    /// Start a run that was killed from outside (for instance by the system when memory ran out) so often again, from its
    /// checkpoint
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub retries: usize,
}

/// What `run` and `train` have in common.
#[derive(Debug, Clone, Args)]
pub struct SharedRunArgs {
    /// Folder for results [default: what the campaign says, else `runs`]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Runs at a time [default: as many as the cores allow]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub jobs: Option<usize>,
    /// Threads of each run; results do not depend on it [default: cores shared among the jobs]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub threads: Option<usize>,
    /// What decides between dense and event-driven products: `auto` (measured once on this machine), `builtin` (the same
    /// on every machine), or a file of `bench calibrate --write` [default: what the campaign says, else `auto`]
    #[arg(long, value_name = "TABLE")]
    pub cost_table: Option<String>,
    /// How long runs may take
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Write where the time of each run goes beside it (profile.txt, profile.json), and print it; the trace
    /// (trace.json, for ui.perfetto.dev) holds the first BATCHES batches [default: 20]
    #[arg(long, value_name = "BATCHES", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub profile: Option<String>,
    /// Repeat runs that are already finished, each into a new folder, and start interrupted ones from the beginning
    /// instead of their checkpoints
    #[arg(long)]
    pub force: bool,
    /// Say with --dry-run what all of it will take, by beginning runs of every kind
    #[arg(long, requires = "dry_run")]
    pub estimate: bool,
    /// Start without saying first what all of it will take
    #[arg(long, env = "NEUROTRAIN_NO_ESTIMATE")]
    pub no_estimate: bool,
    /// How the work is shared with others
    #[command(flatten)]
    pub sharing: super::SharingArgs,
    /// Where plugins and data are
    #[command(flatten)]
    pub search: SearchArgs,
}

/// Arguments of `run`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain run campaigns/quickstart.yaml
  neurotrain run campaigns/quickstart.yaml --set runtime.epochs=3 --jobs 2 --out results
  neurotrain run campaigns/quickstart.yaml --dry-run
  neurotrain run campaigns/quickstart.yaml --profile

Start the same command again after an interruption: a run that is already finished is not repeated, one that was
interrupted goes on from its checkpoint, and one that failed is tried again with --retry-failed.")]
pub struct RunArgs {
    /// Campaign files (YAML, TOML or JSON)
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Set a configuration value, for instance `trainers.bptt.lr=0.001`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Use this seed instead of the campaign's; may be repeated
    #[arg(long, value_name = "N")]
    pub seed: Vec<u64>,
    /// Where to compute: auto, cpu, cuda:N or metal
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<String>,
    /// Show what would run and what would not, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Try runs again that failed when the campaign was started before
    #[arg(long)]
    pub retry_failed: bool,
    /// The rest
    #[command(flatten)]
    pub shared: SharedRunArgs,
}

/// Arguments of `train`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain train --trainer bptt --model fc_snn --dataset digits
  neurotrain train --trainer ottt --model r_snn --dataset MNIST --epochs 3 --set trainer.lr=0.01
  neurotrain train --trainer bptt --model fc_snn --dataset digits --profile=50")]
pub struct TrainArgs {
    /// Learning rule
    #[arg(long, value_name = "KEY")]
    pub trainer: String,
    /// Network family
    #[arg(long, value_name = "KEY")]
    pub model: String,
    /// Data set
    #[arg(long, value_name = "KEY")]
    pub dataset: String,
    /// Epochs
    #[arg(long, value_name = "N")]
    pub epochs: Option<u64>,
    /// Samples in a batch
    #[arg(long, value_name = "N", value_parser = positive)]
    pub batch_size: Option<usize>,
    /// Set a configuration value, for instance `trainer.lr=0.001`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Seed; may be repeated
    #[arg(long, value_name = "N")]
    pub seed: Vec<u64>,
    /// Where to compute: auto, cpu, cuda:N or metal
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<String>,
    /// Show what would run and what would not, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// The rest
    #[command(flatten)]
    pub shared: SharedRunArgs,
}

/// Arguments of `repeat`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:
  neurotrain repeat runs/quickstart/runs/bptt-fc_snn-digits-s42-1f0c77a2b0e4")]
pub struct RepeatArgs {
    /// Folders of runs
    #[arg(required = true, value_name = "RUN_FOLDER")]
    pub folders: Vec<PathBuf>,
    /// Threads of each run; results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub threads: Option<usize>,
    /// How long runs may take
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `plugins`.
#[derive(Debug, Clone, Subcommand)]
pub enum PluginsCommand {
    /// List the rules, networks and data sets found
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Where plugins are
        #[command(flatten)]
        search: SearchArgs,
    },
    /// Describe a rule, network or data set: parameters, paper, place in the taxonomy
    Show {
        /// Its key, for instance `bptt`, or `trainer:bptt` where a key has several meanings
        key: String,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Where plugins are
        #[command(flatten)]
        search: SearchArgs,
    },
    /// Measure rules and hold their manifests against what comes out; fails where a claim is contradicted
    Check {
        /// Keys of rules, or plugin files whose rules are meant [default: all installed rules]
        #[arg(value_name = "RULE_OR_FILE")]
        what: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Where plugins are
        #[command(flatten)]
        search: SearchArgs,
    },
    /// Say where plugins are looked for, and what is wrong with those that cannot be used
    Doctor {
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Where plugins are
        #[command(flatten)]
        search: SearchArgs,
    },
}

/// Arguments of `config`.
#[derive(Debug, Clone, Subcommand)]
pub enum ConfigCommand {
    /// Show every value of a campaign's experiments and where it comes from
    Show {
        /// Campaign file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only this experiment
        #[arg(long, value_name = "NAME")]
        experiment: Option<String>,
        /// Set a configuration value, as for `run`; may be repeated
        #[arg(long, value_name = "KEY=VALUE")]
        set: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Where plugins are
        #[command(flatten)]
        search: SearchArgs,
    },
}

/// Arguments of a probe child.
#[derive(Debug, Clone, Args)]
pub struct ProbeArgs {
    /// The plugin
    pub file: PathBuf,
    /// Where the report goes
    pub report: PathBuf,
}

/// Arguments of a worker.
#[derive(Debug, Clone, Args)]
pub struct WorkerArgs {
    /// Folder of the run, which holds its `spec.json`
    pub folder: PathBuf,
}

/// Arguments of a child that has a task.
#[derive(Debug, Clone, Args)]
pub struct GoldenCaseArgs {
    /// File with the task
    pub task: PathBuf,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(value) => Ok(value),
        Err(e) => Err(e.to_string()),
    }
}

/// `500M`, `4G`, `4GiB`: powers of 1024, as memory is counted.
fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text[digits.len()..].to_ascii_lowercase();
    let factor: u64 = match unit.trim_end_matches("ib").trim_end_matches('b') {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        "t" => 1 << 40,
        _ => return Err(format!("`{unit}` is no unit of memory: use K, M, G or T")),
    };
    let number: f64 = digits
        .trim()
        .parse()
        .map_err(|_| format!("`{digits}` is no number"))?;
    if number.is_finite() && number > 0.0 {
        Ok((number * factor as f64) as u64)
    } else {
        Err("must be more than 0".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(size("500M"), Ok(500 << 20));
        assert_eq!(size("1.5GiB"), Ok(3 << 29));
        assert_eq!(size("4gb"), Ok(4 << 30));
        assert_eq!(size("77"), Ok(77));
        assert!(size("4 parsecs").is_err() && size("G").is_err() && size("0").is_err());
    }
}
