//! `archive`.

use super::{ArchiveCommand, Exit};
use crate::output::Console;
use neurotrain_archive::{open_run, render_json, render_text};
use neurotrain_plugin_api::Result;
use std::path::{Path, PathBuf};

/// Answers `neurotrain archive …`.
pub(super) fn answer(command: ArchiveCommand, console: &Console) -> Result<Exit> {
    match command {
        ArchiveCommand::Show { files, json } => show(&files, json, console),
    }
}

/// Shows every file that can be read, and says of the others why not.
fn show(files: &[PathBuf], json: bool, console: &Console) -> Result<Exit> {
    let mut exit = Exit::Done;
    for path in files {
        match open_run(&file_of(path)) {
            Ok(run) if json => console.print(&serde_json::to_string_pretty(&render_json(&run)?)?),
            Ok(run) => console.print(render_text(&run).trim_end()),
            Err(e) => {
                console.error(&e.into());
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

fn file_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join("run.h5")
    } else {
        path.to_owned()
    }
}
