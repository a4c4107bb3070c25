//! How an attempt at a run failed, beside it, for other supervisors and for `campaign status`.

use crate::supervisor::folders::FAILURE_FILE;
use crate::worker::protocol::Failure;
use crate::worker::spec::SPEC_FILE;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How the attempt in `folder` failed and when, if it did.
pub(crate) fn failure_of(folder: &Path) -> Option<(Failure, SystemTime)> {
    let path = folder.join(FAILURE_FILE);
    let text = std::fs::read(&path).ok()?;
    let time = std::fs::metadata(&path).and_then(|m| m.modified()).ok()?;
    Some((serde_json::from_slice(&text).ok()?, time))
}

/// The attempt among `folders` that was begun last, if it failed.
pub(in crate::supervisor) fn latest_failure(folders: &[PathBuf]) -> Option<(&Path, Failure, SystemTime)> {
    let begun = |folder: &PathBuf| {
        std::fs::metadata(folder.join(SPEC_FILE))
            .and_then(|m| m.modified())
            .ok()
    };
    let latest = folders.iter().max_by_key(|folder| begun(folder))?;
    let (failure, time) = failure_of(latest)?;
    Some((latest, failure, time))
}
