//! Runs that are finished already.

use super::folders::ARCHIVE_FILE;
use crate::profile::PROFILE_JSON;
use crate::worker::protocol::RunSummary;
use crate::worker::spec::RunSpec;
use neurotrain_archive::{Status, open_run};
use std::path::{Path, PathBuf};

/// Whether a result in `folder` is all that `spec` asks for: it may ask for a profile that an earlier one did not.
pub(super) fn serves(spec: &RunSpec, folder: &Path) -> bool {
    !spec.experiment.runtime.profile || folder.join(PROFILE_JSON).is_file()
}

/// The first of `folders` that holds a complete archive, and what it reached.
///
/// The file is opened and its status read: that it exists would prove nothing.
pub(super) fn find_finished(folders: &[PathBuf]) -> Option<(&Path, RunSummary)> {
    folders.iter().find_map(|folder| {
        let path = folder.join(ARCHIVE_FILE);
        if !path.exists() {
            return None;
        }
        match open_run(&path) {
            Ok(run) => (run.record.status == Status::Completed)
                .then(|| (folder.as_path(), RunSummary::of(&run.record))),
            Err(e) => {
                tracing::warn!("an earlier result is not used: {e}");
                None
            }
        }
    })
}
