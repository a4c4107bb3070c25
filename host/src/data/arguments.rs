//! The arguments of `neurotrain data`.

use super::CacheCommand;
use clap::Subcommand;

/// Arguments of `data`.
#[derive(Debug, Clone, Subcommand)]
pub enum DataCommand {
    /// Look at what is kept of recordings between runs, or make room
    #[command(subcommand)]
    Cache(CacheCommand),
}
