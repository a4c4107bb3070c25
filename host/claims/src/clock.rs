//! The time of a file system.

use std::io::Result;
use std::path::Path;
use std::time::SystemTime;

/// Now, as the file system of `folder` stamps its files; the time of this machine where nothing can be written.
pub(crate) fn now(folder: &Path) -> SystemTime {
    stamped(folder).unwrap_or_else(|e| {
        tracing::debug!("{}: the time of this machine is used: {e}", folder.display());
        SystemTime::now()
    })
}

fn stamped(folder: &Path) -> Result<SystemTime> {
    let file = tempfile::Builder::new().prefix(".time").tempfile_in(folder)?;
    file.as_file().metadata()?.modified()
}
