//! An archive from the log of its run.

use super::attempts::counted_epochs;
use crate::supervisor::folders::{ARCHIVE_FILE, METRICS_FILE};
use crate::worker::known_before_training;
use crate::worker::spec::RunSpec;
use neurotrain_archive::{LogRecord, Machine, RunLog, RunRecord, rebuild_record, write_run};
use neurotrain_plugin_api::{Error, Result};
use std::path::{Path, PathBuf};

/// Writes the archive of the run in `folder` from its log, without weights, and says what was done. A damaged archive
/// is renamed, never overwritten.
///
/// # Errors
/// When the log holds no epoch, another process writes to it, or the folder cannot be written to.
pub(super) fn rebuild(folder: &Path) -> Result<String> {
    let path = folder.join(ARCHIVE_FILE);
    // The log is held meanwhile, so that no worker and no other rebuild is at work here.
    let (mut log, contents) = RunLog::append(&folder.join(METRICS_FILE))?;
    let record = rebuild_record(&contents, known(folder)).ok_or_else(|| {
        Error::new(
            "archive-unreadable",
            "its log holds no epoch, so there is nothing to rebuild",
        )
        .with_hint("run the campaign again; it does the run anew")
    })?;
    let kept = match path.exists() {
        true => Some(set_aside(&path)?),
        false => None,
    };
    let written = write_run(&path, &record, &[])?;
    log.write(&LogRecord::Archived {
        archive: ARCHIVE_FILE.to_owned(),
        bytes: written.bytes,
        sha256: written.file_sha256,
    })?;
    let kept = kept.map_or_else(String::new, |kept| {
        format!(
            "; the damaged file is now {}",
            kept.file_name().unwrap_or_default().to_string_lossy()
        )
    });
    Ok(format!(
        "{} rebuilt from the log, without weights{kept}",
        counted_epochs(record.epochs.len())
    ))
}

/// What the specification says; of the machine it knows nothing.
fn known(folder: &Path) -> RunRecord {
    let Ok(spec) = RunSpec::read(folder) else {
        return RunRecord::default();
    };
    let mut record = known_before_training(&spec);
    record.provenance.machine = Machine::default();
    record.provenance.host_commit.clear();
    record
}

/// Renames a damaged archive to a name that is free.
fn set_aside(path: &Path) -> Result<PathBuf> {
    let names = std::iter::once(".corrupt".to_owned()).chain((2..).map(|n| format!(".corrupt.{n}")));
    for ending in names {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let target = PathBuf::from(name);
        if std::fs::symlink_metadata(&target).is_err() {
            std::fs::rename(path, &target)
                .map_err(|e| Error::from(e).context(format!("{} cannot be renamed", path.display())))?;
            return Ok(target);
        }
    }
    Err(Error::new(
        "io",
        format!("no name is free for {}", path.display()),
    ))
}
