//! What `neurotrain golden` can be asked.

use crate::cli::SearchArgs;
use clap::Args;
use std::path::PathBuf;

/// Replays recorded numeric traces through the plugins as loaded.
///
/// Every pair of `NAME.json` and `NAME.safetensors` in the folder is one case. Hyper-parameters, shapes and
/// flags come from the side-car alone; trainers are run with `compat: neurotrain` where they have it. Cases of
/// trainers or models that are not installed are skipped.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 when no case failed, 1 otherwise.\n\nExample:\n  neurotrain golden tests/golden --only bptt__fc_snn"
)]
pub struct GoldenArgs {
    /// Folder with the cases.
    pub folder: PathBuf,
    /// Only cases whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// Show every comparison, not only the worst per tensor.
    #[arg(long, short)]
    pub verbose: bool,
    /// Compute in double precision.
    #[arg(long)]
    pub double: bool,
    /// Hand binary input over densely, so that the dense products are exercised.
    #[arg(long)]
    pub dense: bool,
    /// Where plugins are looked for.
    #[command(flatten)]
    pub search: SearchArgs,
}
