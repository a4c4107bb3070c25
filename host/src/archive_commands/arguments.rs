//! The arguments of `neurotrain archive`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Arguments of `archive`.
#[derive(Debug, Clone, Subcommand)]
pub enum ArchiveCommand {
    /// Show what run files hold
    Show(ShowArgs),
    /// List runs, one line each
    Ls(ListArgs),
    /// Check that files are what was written, and find what interrupted writers have left
    Verify(VerifyArgs),
    /// Put the runs of a campaign into one file
    Merge(MergeArgs),
    /// Say in what two runs, or the runs of two campaigns, differ
    Diff(DiffArgs),
    /// Write tables for other programs, or TensorBoard event files
    Export(ExportArgs),
}

/// Arguments of `archive show`.
#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// Run files, run folders, campaign files or campaign folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `archive ls`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain archive ls runs/quickstart
  neurotrain archive ls runs --json")]
pub struct ListArgs {
    /// Run files, run folders, campaign files or campaign folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `archive verify`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain archive verify runs/quickstart
  neurotrain archive verify runs --rebuild --clean

The log of a run holds the SHA-256 of its file: not one changed bit goes unnoticed. Of a file without its log, or of a
campaign file, changes are found in weights, metrics, compressed arrays and most of the structure; not in texts
(configuration, provenance) that stay readable, nor in times.
A rebuilt file holds the metrics of the log, no weights, and counts as failed: the campaign's next `run` does the run
again. A damaged file stays beside it as `run.h5.corrupt`.
Ends with code 1 when something is wrong, also when it could be repaired.")]
pub struct VerifyArgs {
    /// Run files, run folders, campaign files or campaign folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Rebuild metrics from the logs of runs whose file is missing or damaged
    #[arg(long)]
    pub rebuild: bool,
    /// Remove half-written files of processes that are gone
    #[arg(long)]
    pub clean: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `archive merge`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain archive merge runs/quickstart
  neurotrain archive merge runs/quickstart --link
  neurotrain archive merge runs/mnist runs/digits -o both.h5 --partial

In Python: xarray.open_dataset(FILE, engine=\"h5netcdf\", group=\"summary\").to_dataframe() is the table of runs,
xarray.open_datatree(FILE, engine=\"h5netcdf\", phony_dims=\"sort\") everything.
Of several attempts at a run the latest complete one is taken. Merging again replaces the file; equal runs give equal
bytes.")]
pub struct MergeArgs {
    /// Campaign folders, run folders or run files
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The file [default: `campaign.h5` in the campaign folder]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Leave large arrays in the files of the runs, and link to them by relative paths
    #[arg(long)]
    pub link: bool,
    /// Merge what is there when runs are missing or damaged
    #[arg(long)]
    pub partial: bool,
}

/// Arguments of `archive diff`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain archive diff runs/a/runs/bptt-fc_snn-digits-s1-0f1e2d3c4b5a runs/b/runs/bptt-fc_snn-digits-s1-0f1e2d3c4b5a
  neurotrain archive diff runs/quickstart elsewhere/quickstart --tolerance 1e-6

Runs of two campaigns are compared by name. Equal means: the same weights and metrics, to the bit or within the
tolerance; configuration and provenance are told, times and memory are not compared.
Ends with code 0 for equal results and 1 for different ones.")]
pub struct DiffArgs {
    /// A run or a campaign
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// Another
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// Largest difference of a metric or a weight that counts as equal
    #[arg(long, value_name = "X", default_value_t = 0.0, value_parser = tolerance)]
    pub tolerance: f64,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `archive export`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain archive export runs/quickstart --format csv -o epochs.csv
  neurotrain archive export runs/quickstart --format parquet --table runs -o runs.parquet
  neurotrain archive export runs --format tensorboard -o tensorboard")]
pub struct ExportArgs {
    /// Run files, run folders, campaign files or campaign folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Kind of file
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Format,
    /// One row per epoch, or one per run; TensorBoard has epochs only
    #[arg(long, value_enum, value_name = "TABLE", default_value_t = TableKind::Epochs)]
    pub table: TableKind,
    /// The file; for TensorBoard the folder, with a folder for each run [default: CSV and JSON are printed]
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Comma-separated values
    Csv,
    /// A list of objects
    Json,
    /// Apache Parquet
    Parquet,
    /// Event files
    Tensorboard,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableKind {
    /// A run: its last epoch, its test, its costs
    Runs,
    /// An epoch: its metrics
    Epochs,
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value >= 0.0 => Ok(value),
        Ok(_) => Err("must be 0 or more".to_owned()),
        Err(e) => Err(e.to_string()),
    }
}
