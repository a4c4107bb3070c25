//! From the paths of a command to run folders and files.
//!
//! ```text
//! OUT/CAMPAIGN/runs/NAME-ID[.n]/run.h5
//! OUT/CAMPAIGN/studies/STUDY/trials/NAME-ID[.n]/run.h5
//! ```

use crate::supervisor::folders::{ARCHIVE_FILE, METRICS_FILE};
use crate::worker::spec::SPEC_FILE;
use neurotrain_archive::StoredCampaign;
use neurotrain_plugin_api::{Error, Result};
use std::path::{Path, PathBuf};

/// The merged runs of a campaign, in its folder.
pub(super) const CAMPAIGN_FILE: &str = "campaign.h5";
/// Folders above campaigns that are looked into: `OUT` and one above.
const DEPTH: usize = 2;

/// Where runs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A file that was named, whatever it is.
    File(PathBuf),
    /// A file of many runs.
    CampaignFile(PathBuf),
    /// The folder of one attempt at a run.
    Run {
        /// The folder.
        folder: PathBuf,
        /// The search it is a trial of; empty for none.
        study: String,
    },
    /// The folder of a campaign, whose runs follow it.
    Campaign(PathBuf),
}

/// Everything at `paths`, in a stable order.
///
/// # Errors
/// `missing-data` for a path that is not there, or a folder without runs.
pub(super) fn places(paths: &[PathBuf]) -> Result<Vec<Place>> {
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        if path.is_dir() {
            look_into(path, DEPTH, &mut found)?;
        } else if !path.exists() {
            return Err(missing(path, "does not exist"));
        } else if StoredCampaign::is_at(path) {
            found.push(Place::CampaignFile(path.clone()));
        } else {
            found.push(Place::File(path.clone()));
        }
        if found.len() == before {
            return Err(missing(path, "holds no run"));
        }
    }
    Ok(found)
}

fn look_into(folder: &Path, depth: usize, found: &mut Vec<Place>) -> Result<()> {
    if is_run(folder) {
        found.push(Place::Run {
            folder: folder.to_owned(),
            study: study_of(folder),
        });
    } else if is_campaign(folder) {
        found.push(Place::Campaign(folder.to_owned()));
        runs_in(&folder.join("runs"), found)?;
        for study in folders_in(&folder.join("studies"))? {
            runs_in(&study.join("trials"), found)?;
        }
    } else if depth > 0 {
        for inner in folders_in(folder)? {
            look_into(&inner, depth - 1, found)?;
        }
    }
    Ok(())
}

fn runs_in(folder: &Path, found: &mut Vec<Place>) -> Result<()> {
    for inner in folders_in(folder)? {
        found.push(Place::Run {
            study: study_of(&inner),
            folder: inner,
        });
    }
    Ok(())
}

fn is_run(folder: &Path) -> bool {
    [SPEC_FILE, METRICS_FILE, ARCHIVE_FILE]
        .iter()
        .any(|name| folder.join(name).is_file())
}

fn is_campaign(folder: &Path) -> bool {
    folder.join("campaign.json").is_file() || folder.join("runs").is_dir() || folder.join("studies").is_dir()
}

/// `STUDY` of `…/studies/STUDY/trials/RUN`.
fn study_of(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mut names = folder.iter().rev().skip(1).map(|name| name.to_string_lossy());
    match (names.next().as_deref(), names.next(), names.next().as_deref()) {
        (Some("trials"), Some(study), Some("studies")) => study.into_owned(),
        _ => String::new(),
    }
}

/// The folders in `folder`, by name; none where it is missing.
fn folders_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::from(e).context(format!("{} cannot be read", folder.display()))),
    };
    let hidden = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with('.'))
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && !hidden(path))
        .collect();
    found.sort();
    Ok(found)
}

fn missing(path: &Path, what: &str) -> Error {
    Error::new("missing-data", format!("{} {what}", path.display()))
        .with_hint("give a run file (run.h5), a run folder, a campaign file or a campaign folder (OUT/NAME)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(root: &Path, file: &str) {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }

    #[test]
    fn runs_and_trials_are_found_from_every_level() {
        let out = tempfile::tempdir().unwrap();
        let root = out.path();
        for file in [
            "c/campaign.json",
            "c/runs/b-2/run.h5",
            "c/runs/a-1/spec.json",
            "c/studies/lr/trials/t-3/run.jsonl",
            "d/runs/e-4/run.h5",
        ] {
            touch(root, file);
        }
        let below = |path: &str| -> Vec<String> {
            let found = places(&[root.join(path)]).unwrap();
            let runs = found.iter().filter_map(|place| match place {
                Place::Run { folder, study } => {
                    let name = folder.file_name().unwrap().to_string_lossy();
                    Some(format!("{study}:{name}"))
                }
                _ => None,
            });
            runs.collect()
        };
        assert_eq!(below(""), [":a-1", ":b-2", "lr:t-3", ":e-4"]);
        assert_eq!(below("c"), [":a-1", ":b-2", "lr:t-3"]);
        assert_eq!(below("c/runs/a-1"), [":a-1"]);
        assert_eq!(below("c/studies/lr/trials/t-3"), ["lr:t-3"]);
        assert_eq!(below("c/runs"), [":a-1", ":b-2"]);
        assert!(places(&[root.join("absent")]).is_err());
        std::fs::create_dir(root.join("empty")).unwrap();
        let error = places(&[root.join("empty")]).unwrap_err();
        assert!(error.message().contains("holds no run") && !error.hint().is_empty());
    }
}
