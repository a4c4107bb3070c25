//! Half-written files of processes that were killed.

use super::places::Place;
use crate::supervisor::folders::METRICS_FILE;
use neurotrain_archive::RunLog;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A younger file may belong to a process that is just about to lock it.
const YOUNG: Duration = Duration::from_secs(60);
/// How the names of files written aside begin, and how they end.
const PATTERNS: [(&str, &str); 4] = [(".", ".tmp"), (".write", ""), (".checkpoint", ""), (".probe", "")];
/// Letters and digits that make them unique.
const RANDOM: usize = 6;

/// A file that was written aside and never got its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leftover {
    /// The file.
    pub(super) path: PathBuf,
    /// Whether its writer may still be at work.
    pub(super) in_use: bool,
}

/// What lies in the folders of runs and campaigns.
pub(super) fn leftovers(places: &[Place]) -> Vec<Leftover> {
    places
        .iter()
        .flat_map(|place| match place {
            Place::Campaign(folder) => vec![folder.clone(), folder.join("runs")],
            Place::Run { folder, .. } => vec![folder.clone()],
            Place::File(_) | Place::CampaignFile(_) => Vec::new(),
        })
        .flat_map(|folder| in_folder(&folder))
        .collect()
}

fn in_folder(folder: &Path) -> Vec<Leftover> {
    // The writer of a run's folder holds its log.
    let busy = RunLog::in_use(&folder.join(METRICS_FILE));
    let mut found: Vec<Leftover> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| is_aside(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .map(|path| Leftover {
            in_use: busy || may_be_written(&path),
            path,
        })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn is_aside(name: &str) -> bool {
    PATTERNS.iter().any(|(begin, end)| {
        let inner = name.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end));
        // `.NAME-RANDOM.tmp`: a name stands before the random part.
        let random = match (inner, *end) {
            (Some(inner), ".tmp") => inner.rsplit_once('-').map(|(_, random)| random),
            (inner, _) => inner,
        };
        random.is_some_and(|r| r.len() == RANDOM && r.chars().all(|c| c.is_ascii_alphanumeric()))
    })
}

fn may_be_written(path: &Path) -> bool {
    let written = std::fs::metadata(path).and_then(|m| m.modified());
    let age = written
        .ok()
        .and_then(|t| SystemTime::now().duration_since(t).ok());
    let locked = File::open(path).is_ok_and(|f| matches!(f.try_lock_shared(), Err(TryLockError::WouldBlock)));
    locked || age.is_none_or(|age| age < YOUNG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_written_aside_are_meant() {
        for name in [
            ".run.h5-a1B2c3.tmp",
            ".write0Zz9aA",
            ".checkpointabcdef",
            ".probeABCDEF",
        ] {
            assert!(is_aside(name), "{name}");
        }
        for name in [
            "run.h5",
            ".tmp",
            ".run.h5.tmp",
            ".writer",
            ".gitignore",
            "x-a1B2c3.tmp",
            ".write0Zz9aA.txt",
        ] {
            assert!(!is_aside(name), "{name}");
        }
    }

    #[test]
    fn a_file_that_is_young_or_locked_is_in_use() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".write0Zz9aA");
        std::fs::write(&path, "half").unwrap();
        assert!(may_be_written(&path));
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(600))
            .unwrap();
        assert!(!may_be_written(&path));
        file.try_lock().unwrap();
        assert!(may_be_written(&path));
    }
}
