//! From an `archive` command to its answer.

use super::{ArchiveCommand, diff, export, list, merge, show, verify};
use crate::cli::Exit;
use crate::output::Console;
use neurotrain_plugin_api::Result;

/// Answers `neurotrain archive …`.
pub(crate) fn answer(command: &ArchiveCommand, console: &Console) -> Result<Exit> {
    match command {
        ArchiveCommand::Show(args) => show::run(args, console),
        ArchiveCommand::Ls(args) => list::run(args, console),
        ArchiveCommand::Verify(args) => verify::run(args, console),
        ArchiveCommand::Merge(args) => merge::run(args, console),
        ArchiveCommand::Diff(args) => diff::run(args, console),
        ArchiveCommand::Export(args) => export::run(args, console),
    }
}
