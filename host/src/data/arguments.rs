//! The arguments of `data`.

use super::CochleaArgs;
use super::stand_in::StandInArgs;
use clap::Subcommand;

/// Arguments of `data`.
#[derive(Debug, Clone, Subcommand)]
pub enum DataCommand {
    /// Turn a folder of WAV files into spikes of an artificial cochlea, as an HDF5 file of SHD's layout
    Cochlea(CochleaArgs),
    /// Write files in the official layout of data sets, with made-up content that can be learned
    StandIn(StandInArgs),
}
