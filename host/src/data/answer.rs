//! From a `data` command to its answer.

use super::{DataCommand, cache, cochlea, fetch, info, list, preview, stand_in, verify};
use crate::cli::Exit;
use crate::output::Console;
use anyhow::Result;

/// Answers `neurotrain data …`.
pub(crate) fn answer(command: &DataCommand, console: &Console) -> Result<Exit> {
    match command {
        DataCommand::List(args) => list::run(args, console),
        DataCommand::Info(args) => info::run(args, console),
        DataCommand::Fetch(args) => fetch::run(args, console),
        DataCommand::Verify(args) => verify::run(args, console),
        DataCommand::Preview(args) => preview::run(args, console),
        DataCommand::Cache(command) => cache::answer(command, console).map(|()| Exit::Done),
        DataCommand::StandIn(args) => Ok(stand_in::run(args, console)?),
        DataCommand::Cochlea(args) => cochlea::answer(args, console).map(|()| Exit::Done),
    }
}
