//! Runs that are finished already.

use super::execute::run_result;
use super::folders::{ARCHIVE_FILE, CampaignFolder, RunFolders};
use crate::profile::PROFILE_JSON;
use crate::report::{Outcome, RunResult};
use crate::worker::protocol::RunSummary;
use crate::worker::remove_checkpoint;
use crate::worker::spec::RunSpec;
use neurotrain_archive::{Status, open_run};
use std::path::{Path, PathBuf};

/// Separates what is finished already from what is to be done.
pub(super) fn leave_finished(
    specs: Vec<RunSpec>,
    folder: &CampaignFolder,
    force: bool,
) -> (Vec<RunResult>, Vec<RunSpec>) {
    if force {
        return (Vec::new(), specs);
    }
    let (mut finished, mut todo) = (Vec::new(), Vec::new());
    for spec in specs {
        match finished_earlier(&spec, &folder.runs()) {
            Some(result) => finished.push(result),
            None => todo.push(spec),
        }
    }
    (finished, todo)
}

/// The result of a run that is finished already.
pub(super) fn finished_earlier(spec: &RunSpec, folders: &RunFolders) -> Option<RunResult> {
    let mut attempts = folders.attempts_at(&spec.id);
    attempts.retain(|folder| serves(spec, folder));
    let (path, summary) = find_finished(&attempts)?;
    // A process that dies right after archiving leaves them.
    attempts.iter().for_each(|folder| remove_checkpoint(folder));
    let outcome = Outcome::AlreadyFinished { summary };
    Some(run_result(spec, outcome, Some(path.to_owned())))
}

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
