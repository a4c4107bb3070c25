//! The arguments of `neurotrain data`.

use super::cache::CacheCommand;
use super::cochlea::CochleaArgs;
use super::stand_in::StandInArgs;
use crate::cli::SearchArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Arguments of `data`.
#[derive(Debug, Clone, Subcommand)]
pub enum DataCommand {
    /// List data sets: where each was found, which variant it is, and whether it can be fetched
    List(ListArgs),
    /// Print what a data set holds: counts, classes, shapes, activity, files, licence
    Info(InfoArgs),
    /// Download data sets, resuming what was cut and comparing checksums
    Fetch(FetchArgs),
    /// Compare files with their published checksums, and decode every sample
    Verify(VerifyArgs),
    /// Write pictures of a data set: samples by class, event frames, spike rasters, activity
    Preview(PreviewArgs),
    /// Write files in the official layout of data sets, with made-up content that can be learned
    StandIn(StandInArgs),
    /// Turn a folder of WAV files into spikes of an artificial cochlea, as an HDF5 file of SHD's layout
    Cochlea(CochleaArgs),
    /// Look at what is kept of recordings between runs, or make room
    #[command(subcommand)]
    Cache(CacheCommand),
}

/// Arguments of `data list`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain data list
  neurotrain data list --data-dir /datasets --json")]
pub struct ListArgs {
    /// As JSON
    #[arg(long)]
    pub json: bool,
    /// Where plugins and data are
    #[command(flatten)]
    pub search: SearchArgs,
}

/// Which data set, and how it is opened.
#[derive(Debug, Clone, Args)]
pub struct OneArgs {
    /// Key of the data set
    #[arg(value_name = "KEY")]
    pub key: String,
    /// Set a parameter of the data set, for instance `source=bundled`; may be repeated
    #[arg(long, value_name = "PARAM=VALUE")]
    pub set: Vec<String>,
    /// Samples of each split to look at, evenly spaced; 0 for all [default: all of images, 2000 of recordings]
    #[arg(long, value_name = "N")]
    pub samples: Option<usize>,
    /// Where plugins and data are
    #[command(flatten)]
    pub search: SearchArgs,
}

/// Arguments of `data info`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain data info MNIST
  neurotrain data info NMNIST --samples 0        # every recording
  neurotrain data info CIFAR10 --set source=subset --json")]
pub struct InfoArgs {
    /// Which data set
    #[command(flatten)]
    pub one: OneArgs,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `data fetch`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain data fetch MNIST FashionMNIST
  neurotrain data fetch SVHN --optional --into /datasets
  neurotrain data fetch CIFAR10 --edition python
  neurotrain data fetch MNIST --mirror https://mirror.example.org/datasets
  neurotrain data fetch --all --dry-run

A file is downloaded as NAME.part and gets its name when size and checksums are right. A transfer that is cut is resumed,
now or by the same command later. Proxies are those of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.")]
pub struct FetchArgs {
    /// Keys of data sets
    #[arg(value_name = "KEY", required_unless_present = "all")]
    pub keys: Vec<String>,
    /// Every installed data set that can be fetched
    #[arg(long, conflicts_with = "keys")]
    pub all: bool,
    /// Data folder to store into, each data set in a folder of its own [default: the first data folder]
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// Ask this address instead of the published ones, for BASE/FOLDER/FILE and BASE/FILE; may be repeated
    #[arg(long, value_name = "BASE")]
    pub mirror: Vec<String>,
    /// Fetch optional files, too
    #[arg(long)]
    pub optional: bool,
    /// Fetch this edition of the data set; `data list` names them
    #[arg(long, value_name = "NAME", default_value = "")]
    pub edition: String,
    /// Print what would be fetched, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Give a server up that sends nothing for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = seconds)]
    pub stall_timeout: f64,
    /// Ask an address so many times again when nothing new comes
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub retries: u32,
    /// Where plugins and data are
    #[command(flatten)]
    pub search: SearchArgs,
}

/// Arguments of `data verify`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain data verify                          # all data sets that are here
  neurotrain data verify MNIST --data-dir /datasets

Exit status: 0 when everything is right, 1 when a file is damaged, a sample cannot be decoded, or a data set that was
named is not here.")]
pub struct VerifyArgs {
    /// Keys of data sets [default: all that are here]
    #[arg(value_name = "KEY")]
    pub keys: Vec<String>,
    /// Set a parameter of the data sets, for instance `source=full`; may be repeated
    #[arg(long, value_name = "PARAM=VALUE")]
    pub set: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
    /// Where plugins and data are
    #[command(flatten)]
    pub search: SearchArgs,
}

/// Arguments of `data preview`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  neurotrain data preview MNIST
  neurotrain data preview DVSGesture --out pictures --data-dir /datasets")]
pub struct PreviewArgs {
    /// Which data set
    #[command(flatten)]
    pub one: OneArgs,
    /// Folder for the pictures
    #[arg(long, value_name = "DIR", default_value = "preview")]
    pub out: PathBuf,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= 86_400.0 => Ok(value),
        Ok(_) => Err("must be above 0 and at most 86400".to_owned()),
        Err(e) => Err(e.to_string()),
    }
}
