//! One attempt at a run, as its folder shows it.

use super::state::Phase;
use crate::supervisor::folders::METRICS_FILE;
use crate::supervisor::together::failure_of;
use neurotrain_archive::{LogRecord, RunLog};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An attempt.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) folder: PathBuf,
    /// Finished, failed or stopped, as far as the folder says.
    pub(super) phase: Phase,
    /// Complete epochs.
    pub(super) epoch: u64,
    /// When its log begins and ends.
    pub(super) time: Option<(OffsetDateTime, OffsetDateTime)>,
}

impl Attempt {
    /// Reads what can be read; the log may be growing and its last line torn.
    pub(super) fn read(folder: &Path) -> Self {
        let log = RunLog::read(&folder.join(METRICS_FILE)).unwrap_or_default();
        let mut phase = Phase::Stopped;
        let mut epoch = 0;
        for entry in &log.entries {
            match &entry.record {
                LogRecord::Epoch { epoch: n, .. } => epoch = epoch.max(*n),
                LogRecord::Finished { .. } => phase = Phase::Finished,
                _ => {}
            }
        }
        if phase != Phase::Finished
            && let Some((failure, _)) = failure_of(folder)
        {
            phase = Phase::Failed {
                reason: failure.message,
            };
        }
        let at = |entry: Option<&neurotrain_archive::LogEntry>| {
            entry.and_then(|entry| OffsetDateTime::parse(&entry.time, &Rfc3339).ok())
        };
        Attempt {
            folder: folder.to_owned(),
            phase,
            epoch,
            time: at(log.entries.first()).zip(at(log.entries.last())),
        }
    }

    /// Seconds from the beginning of its log to its end, or to `now` while it grows.
    pub(super) fn seconds(&self, now: Option<OffsetDateTime>) -> Option<f64> {
        let (begin, end) = self.time?;
        Some((now.unwrap_or(end) - begin).as_seconds_f64().max(0.0))
    }
}
