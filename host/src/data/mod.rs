//! `neurotrain data`: data sets and what is made of them.

mod arguments;
mod cochlea;
mod stand_in;

pub use arguments::DataCommand;
pub use cochlea::CochleaArgs;
pub use stand_in::StandInArgs;

use crate::cli::Exit;
use crate::output::Console;
use anyhow::Result;

/// Answers `neurotrain data …`.
///
/// # Errors
/// What went wrong, for the user.
pub(crate) fn answer(command: &DataCommand, console: &Console) -> Result<Exit> {
    match command {
        DataCommand::Cochlea(args) => cochlea::answer(args, console).map(|()| Exit::Done),
        DataCommand::StandIn(args) => Ok(stand_in::run(args, console)?),
    }
}
