//! Runs that are finished already.

use super::campaign::CampaignRequest;
use super::execute::{failed, run_result};
use super::folders::{ARCHIVE_FILE, CampaignFolder, FAILURE_FILE, RunFolders, write_whole};
use crate::profile::PROFILE_JSON;
use crate::report::{Outcome, RunResult};
use crate::worker::protocol::{Failure, RunSummary};
use crate::worker::remove_checkpoint;
use crate::worker::spec::RunSpec;
use neurotrain_archive::{Status, open_run};
use neurotrain_plugin_api::Error;
use std::path::{Path, PathBuf};

/// Separates what is finished already from what is to be done.
pub(super) fn leave_finished(
    specs: Vec<RunSpec>,
    folder: &CampaignFolder,
    request: &CampaignRequest,
) -> (Vec<RunResult>, Vec<RunSpec>) {
    if request.force {
        return (Vec::new(), specs);
    }
    let (mut finished, mut todo) = (Vec::new(), Vec::new());
    for spec in specs {
        let failed = || {
            let earlier = (!request.launch.retry_failed).then(|| failed_earlier(&spec, &folder.runs()));
            earlier.flatten()
        };
        match finished_earlier(&spec, &folder.runs()).or_else(failed) {
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

/// The result of a run whose latest attempt failed of itself.
pub(super) fn failed_earlier(spec: &RunSpec, folders: &RunFolders) -> Option<RunResult> {
    let latest = folders.attempts_at(&spec.id).pop()?;
    let failure = read_failure(&latest)?;
    Some(run_result(
        spec,
        failed(failure, Some(&latest), true),
        Some(latest),
    ))
}

/// Leaves the reason of a failure in a run's folder.
pub(super) fn write_failure(folder: &Path, failure: &Failure) {
    let written = serde_json::to_string_pretty(failure)
        .map_err(Error::from)
        .and_then(|text| write_whole(&folder.join(FAILURE_FILE), &(text + "\n")));
    if let Err(e) = written {
        tracing::warn!("why the run failed is not kept: {e}");
    }
}

fn read_failure(folder: &Path) -> Option<Failure> {
    let text = std::fs::read_to_string(folder.join(FAILURE_FILE)).ok()?;
    serde_json::from_str(&text).ok()
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
