//! `data stand-in`.

use crate::cli::Exit;
use crate::output::{Console, table};
use clap::Args;
use neurotrain_archive::write_spikes;
use neurotrain_plugin_api::Result;
use neurotrain_standin::{Options, Report, SpikeFile, SpikeFileWriter, keys, write};
use std::path::{Path, PathBuf};

/// Arguments of `data stand-in`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain data stand-in MNIST NMNIST --into stand-ins
  neurotrain data stand-in --all --into stand-ins
  neurotrain run campaigns/all-data.yaml --data-dir stand-ins

Results say `stand-in N/M` beside the name of the data set, in tables and archives. They say nothing about the real
data. A folder that holds anything else is never written to.")]
pub struct StandInArgs {
    /// Data sets
    #[arg(value_name = "KEY", required_unless_present = "all", conflicts_with = "all")]
    pub keys: Vec<String>,
    /// All data sets that have a stand-in
    #[arg(long)]
    pub all: bool,
    /// Data folder to write to; each data set gets a folder of its own in it
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
    /// Training samples of each data set
    #[arg(long, value_name = "N", default_value_t = Options::default().train)]
    pub train: usize,
    /// Test samples of each data set
    #[arg(long, value_name = "N", default_value_t = Options::default().test)]
    pub test: usize,
    /// The same seed gives the same files
    #[arg(long, value_name = "N", default_value_t = Options::default().seed)]
    pub seed: u64,
}

/// Answers `neurotrain data stand-in …`.
pub(super) fn run(args: &StandInArgs, console: &Console) -> Result<Exit> {
    let known = keys();
    let keys: Vec<&str> = match args.all {
        true => known,
        false => args.keys.iter().map(String::as_str).collect(),
    };
    let options = Options {
        train: args.train,
        test: args.test,
        seed: args.seed,
    };
    let (mut reports, mut exit) = (Vec::new(), Exit::Done);
    for key in keys {
        match write(key, &args.into, &options, &Archive) {
            Ok(report) => reports.push(row(&report)),
            Err(e) => {
                console.error(&e.into());
                exit = Exit::Failed;
            }
        }
    }
    if !reports.is_empty() {
        console.print(&table(
            &["stand-in", "training", "test", "KiB", "folder"],
            reports,
        ));
    }
    Ok(exit)
}

fn row(report: &Report) -> Vec<String> {
    vec![
        report.key.to_owned(),
        report.train.to_string(),
        report.test.to_string(),
        report.bytes.div_ceil(1024).to_string(),
        report.folder.display().to_string(),
    ]
}

/// Writes HDF5 files with the library that the archive uses.
struct Archive;

impl SpikeFileWriter for Archive {
    fn write(&self, path: &Path, file: &SpikeFile) -> Result<()> {
        let speakers = file.speakers.iter().max().map_or(0, |last| last + 1);
        let file = neurotrain_archive::SpikeFile {
            times: file.times.clone(),
            units: file.units.clone(),
            labels: file.labels.clone(),
            speakers: file.speakers.clone(),
            class_names: file.keys.clone(),
            speaker_names: (0..speakers).map(|s| format!("made up {s}")).collect(),
            notes: vec![("stand_in", "the content is made up".to_owned())],
        };
        write_spikes(path, &file)
    }
}
