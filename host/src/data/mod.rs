//! `neurotrain data`: data sets and what is made of them.

mod arguments;
mod cochlea;

pub use arguments::DataCommand;
pub use cochlea::CochleaArgs;

use crate::output::Console;
use anyhow::Result;

/// Answers `neurotrain data …`.
///
/// # Errors
/// What went wrong, for the user.
pub(crate) fn answer(command: &DataCommand, console: &Console) -> Result<()> {
    match command {
        DataCommand::Cochlea(args) => cochlea::answer(args, console),
    }
}
