//! What `neurotrain bench` can be asked.

use crate::cli::SearchArgs;
use clap::{Args, Subcommand};

/// Arguments of `neurotrain bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// What is measured
    #[command(subcommand)]
    pub command: BenchCommand,
}

/// The measurements.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// What the plugin boundary costs: per operation, and as a share of a training step
    Boundary(BoundaryArgs),
    /// What products cost on this machine, dense and event by event: the table that chooses between them
    Calibrate(super::calibrate::CalibrateArgs),
}

/// Arguments of `neurotrain bench boundary`.
#[derive(Debug, Args)]
#[command(
    after_help = "Network 784-256-10, T = 10, synthetic binary input of density 0.13.\n\nExample:\n  neurotrain bench boundary --rules bptt,ottt --json"
)]
pub struct BoundaryArgs {
    /// Rules whose training step is measured
    #[arg(long, value_delimiter = ',', default_value = "bptt,ottt,eprop,stsf")]
    pub rules: Vec<String>,
    /// Batch sizes
    #[arg(long, value_delimiter = ',', default_value = "256,1")]
    pub batch: Vec<usize>,
    /// Threads
    #[arg(long, default_value_t = 1)]
    pub threads: usize,
    /// As JSON instead of tables
    #[arg(long)]
    pub json: bool,
    /// Where plugins are looked for
    #[command(flatten)]
    pub search: SearchArgs,
}
