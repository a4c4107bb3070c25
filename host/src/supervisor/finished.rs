//! Runs that are finished already.

use super::campaign::CampaignRequest;
use super::execute::{failed, run_result};
use super::folders::{ARCHIVE_FILE, CampaignFolder, FAILURE_FILE, write_whole};
use super::together::failure_of;
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
    let attempts = folder.runs().attempts();
    let (mut finished, mut todo) = (Vec::new(), Vec::new());
    for spec in specs {
        let own = attempts.get(&spec.id).map_or(&[][..], Vec::as_slice);
        match over_earlier(&spec, own, request.launch.retry_failed) {
            Some(result) => finished.push(result),
            None => todo.push(spec),
        }
    }
    (finished, todo)
}

/// The result of a run that one of its `attempts`, in their order, has finished, or whose latest attempt failed of itself
/// and is not to be tried again.
pub(super) fn over_earlier(spec: &RunSpec, attempts: &[PathBuf], retry_failed: bool) -> Option<RunResult> {
    let finished = finished_earlier(spec, attempts);
    if retry_failed {
        return finished;
    }
    finished.or_else(|| failed_earlier(spec, attempts))
}

fn finished_earlier(spec: &RunSpec, attempts: &[PathBuf]) -> Option<RunResult> {
    let mut attempts = attempts.to_vec();
    attempts.retain(|folder| serves(spec, folder));
    let (path, summary) = find_finished(&attempts)?;
    // A process that dies right after archiving leaves them.
    attempts.iter().for_each(|folder| remove_checkpoint(folder));
    let outcome = Outcome::AlreadyFinished { summary };
    Some(run_result(spec, outcome, Some(path.to_owned())))
}

fn failed_earlier(spec: &RunSpec, attempts: &[PathBuf]) -> Option<RunResult> {
    let latest = attempts.last()?;
    let (failure, _) = failure_of(latest)?;
    Some(run_result(
        spec,
        failed(failure, Some(latest), true),
        Some(latest.clone()),
    ))
}

/// Whether a result in `folder` is all that `spec` asks for: it may ask for a profile that an earlier one did not.
pub(super) fn serves(spec: &RunSpec, folder: &Path) -> bool {
    !spec.experiment.runtime.profile || folder.join(PROFILE_JSON).is_file()
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
