//! `neurotrain data`: data sets and what is kept of them.

mod arguments;
mod cache;

pub use arguments::DataCommand;
pub use cache::CacheCommand;

use crate::output::Console;
use anyhow::Result;

/// Answers `neurotrain data …`.
///
/// # Errors
/// What went wrong, for the user.
pub(crate) fn answer(command: &DataCommand, console: &Console) -> Result<()> {
    match command {
        DataCommand::Cache(command) => cache::answer(command, console),
    }
}
