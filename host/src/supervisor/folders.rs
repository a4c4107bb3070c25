//! The folder of a campaign and of each run.
//!
//! ```text
//! OUT/CAMPAIGN/campaign.json            what was asked for, resolved
//!              cost-table.json          what decides between dense and event-driven products
//!              plan.json                the runs it consists of, with their ids
//!              claims/                  who is at work, and on which run
//!              submit/                  what was handed to a batch system, and its logs
//!              summary.{txt,json,csv}   what came out
//!              runs/NAME-ID/            one run: spec.json, run.jsonl, run.log, run.h5; failure.json if it failed;
//!                                       with a profile also profile.{txt,json}, trace.json
//!              runs/NAME-ID.2/          the same run again
//!              campaign.h5              the runs in one file, by `archive merge`
//!              studies/NAME-ID/         one search: journal.log, and its trials/NAME-ID/ as runs are
//! ```

use neurotrain_plugin_api::{Error, Result};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What a worker, its plugins and its libraries print.
pub(crate) const LOG_FILE: &str = "run.log";
/// Metrics as they come.
pub(crate) const METRICS_FILE: &str = "run.jsonl";
/// Why the run failed.
pub(crate) const FAILURE_FILE: &str = "failure.json";
/// The archive.
pub(crate) const ARCHIVE_FILE: &str = "run.h5";

/// The folder of a campaign.
#[derive(Debug, Clone)]
pub(crate) struct CampaignFolder {
    root: PathBuf,
}

impl CampaignFolder {
    /// Creates `out/campaign` and makes sure that it can be written to.
    #[cfg(test)]
    pub(crate) fn create(out: &Path, campaign: &str) -> Result<Self> {
        Self::existing(&Self::place(out, campaign)?)
    }

    /// Where the folder is or will be.
    pub(crate) fn place(out: &Path, campaign: &str) -> Result<PathBuf> {
        Ok(std::path::absolute(out.join(file_name(campaign)))?)
    }

    /// The campaign folder `root`, created if it is not there.
    pub(crate) fn existing(root: &Path) -> Result<Self> {
        let root = root.to_owned();
        std::fs::create_dir_all(root.join("runs")).map_err(|e| unwritable(&root, e))?;
        let probe = tempfile::Builder::new()
            .prefix(".probe")
            .tempfile_in(&root)
            .map_err(|e| unwritable(&root, e))?;
        probe.close().map_err(|e| unwritable(&root, e))?;
        Ok(CampaignFolder { root })
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// The folders of its runs.
    pub(crate) fn runs(&self) -> RunFolders {
        RunFolders::of(&self.root)
    }

    /// Replaces a derived file of the campaign as a whole.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        write_whole(&self.root.join(name), text)
    }
}

/// A folder of folders, one for each attempt at a run.
#[derive(Debug, Clone)]
pub(crate) struct RunFolders {
    root: PathBuf,
}

impl RunFolders {
    /// Those of the campaign in `root`.
    pub(crate) fn of(root: &Path) -> Self {
        RunFolders {
            root: root.join("runs"),
        }
    }

    /// The folder of folders `root`, made if it is not there.
    pub(crate) fn create(root: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&root).map_err(|e| unwritable(&root, e))?;
        Ok(RunFolders { root })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// Folders of earlier attempts by the id of their run, whatever the experiment was called then.
    pub(crate) fn attempts(&self) -> HashMap<String, Vec<PathBuf>> {
        let mut attempts: HashMap<String, Vec<PathBuf>> = HashMap::new();
        for entry in std::fs::read_dir(&self.root).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some((_, id)) = name.rsplit_once('-') {
                let id = id.split('.').next().unwrap_or(id).to_owned();
                attempts.entry(id).or_default().push(entry.path());
            }
        }
        for folders in attempts.values_mut() {
            folders.sort_by_key(|folder| (attempt_number(folder), folder.clone()));
        }
        attempts
    }

    /// A new folder for run `name` with `id`; an earlier one is never reused.
    pub(crate) fn new_run(&self, name: &str, id: &str) -> Result<PathBuf> {
        for n in 1.. {
            let path = self.attempt(name, id, n);
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(path),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(unwritable(&path, e)),
            }
        }
        Err(Error::new(
            "io",
            format!("no name is free for another attempt at `{name}`"),
        ))
    }

    /// Folders of earlier attempts at the run with `id`.
    pub(crate) fn attempts_at(&self, id: &str) -> Vec<PathBuf> {
        self.attempts().remove(id).unwrap_or_default()
    }

    /// The same as the file system has it now: a network file system remembers what was in a folder for up to a minute,
    /// unless something is changed there.
    pub(crate) fn attempts_at_now(&self, id: &str) -> Vec<PathBuf> {
        touch(&self.root);
        let attempts = self.attempts_at(id);
        attempts.iter().for_each(|folder| touch(folder));
        attempts
    }

    /// Whether `folder` is that of an attempt at a run called `name`.
    pub(crate) fn is_of(folder: &Path, name: &str) -> bool {
        let folder = folder.file_name().unwrap_or_default().to_string_lossy();
        folder
            .rsplit_once('-')
            .is_some_and(|(of, _)| of == file_name(name))
    }

    fn attempt(&self, name: &str, id: &str, n: usize) -> PathBuf {
        let mut folder = format!("{}-{id}", file_name(name));
        if n > 1 {
            folder.push_str(&format!(".{n}"));
        }
        self.root.join(folder)
    }
}

/// Changes a folder and leaves it as it was. Where nothing can be written, nothing can be remembered wrongly either.
fn touch(folder: &Path) {
    let _ = tempfile::Builder::new().prefix(".look").tempfile_in(folder);
}

/// The number behind a folder's name; the first attempt has none.
fn attempt_number(folder: &Path) -> u64 {
    let number = folder.extension().and_then(|n| n.to_str()?.parse().ok());
    number.unwrap_or(1)
}

/// Writes a text file aside and renames it.
pub(crate) fn write_whole(path: &Path, text: &str) -> Result<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // What a killed process leaves says what it was to become.
    let mut file = tempfile::Builder::new()
        .prefix(&format!(".{name}-"))
        .suffix(".tmp")
        .tempfile_in(folder)
        .map_err(|e| unwritable(path, e))?;
    // Whoever clears up after dead writers sees that this one is alive.
    let _ = file.as_file().try_lock();
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(|e| unwritable(path, e))?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file()
        .set_permissions(mode)
        .map_err(|e| unwritable(path, e))?;
    file.persist(path).map_err(|e| unwritable(path, e.error))?;
    Ok(path.to_owned())
}

/// The last lines of a text file, without colours.
pub(crate) fn last_lines(path: &Path, count: usize) -> Vec<String> {
    let Ok(bytes) = std::fs::read(path) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}

/// A name that every file system takes: letters, digits, `-`, `_`, `.`, `+` and `=`.
fn file_name(name: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || "-_.+=".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(safe).collect();
    let name = name.trim_start_matches('.').to_owned();
    if name.is_empty() {
        "unnamed".to_owned()
    } else {
        name
    }
}

/// What it means that `path` cannot be written.
pub(super) fn unwritable(path: &Path, e: std::io::Error) -> Error {
    Error::new("io", format!("{} cannot be written: {e}", path.display()))
        .with_hint("give another folder with --out, or free some space")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_never_share_a_folder() {
        let out = tempfile::tempdir().unwrap();
        let folder = CampaignFolder::create(out.path(), "my campaign").unwrap();
        assert!(folder.path().ends_with("my-campaign"));
        let runs = folder.runs();
        let first = runs.new_run("a/b", "0123").unwrap();
        let second = runs.new_run("a/b", "0123").unwrap();
        assert_ne!(first, second);
        assert!(first.ends_with("a-b-0123") && second.ends_with("a-b-0123.2"));
        runs.new_run("renamed", "0123").unwrap();
        assert_eq!(runs.attempts()["0123"].len(), 3);
        let many: Vec<PathBuf> = (0..10).map(|_| runs.new_run("a/b", "0456").unwrap()).collect();
        assert_eq!(runs.attempts_at("0456"), many, "in their order, the tenth last");
    }

    #[test]
    fn an_unwritable_folder_is_named() {
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("occupied");
        std::fs::write(&file, "").unwrap();
        let error = CampaignFolder::create(&file, "c").unwrap_err();
        assert!(
            error.message().contains("occupied") && !error.hint().is_empty(),
            "{error}"
        );
    }

    #[test]
    fn the_last_lines_are_the_last() {
        let out = tempfile::tempdir().unwrap();
        let path = write_whole(&out.path().join("log"), "a\nb\n\nc\n").unwrap();
        assert_eq!(last_lines(&path, 2), ["b", "c"]);
        assert!(last_lines(&out.path().join("absent"), 2).is_empty());
    }
}
