//! Looking for a data set in the data folders.

use neurotrain_plugin_api::{Ctx, Error, Level, Result};
use std::path::{Path, PathBuf};

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The key of the data set.
    pub key: &'static str,
    /// Names of its folder below a data folder.
    pub folders: &'static [&'static str],
    /// What to do when it is missing.
    pub advice: &'static str,
}

/// The folders in which files of a data set may lie, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Folders that exist.
    pub folders: Vec<PathBuf>,
    /// The data folders that were looked in.
    dirs: Vec<PathBuf>,
}

impl Place {
    /// The folders of `wanted` below the host's data folders: each of its names, and `raw` below that; the data folder
    /// itself last, for archives that lie there.
    pub fn of(wanted: &Wanted, ctx: &Ctx) -> Place {
        let dirs = ctx.data_dirs(wanted.key).unwrap_or_else(|e| {
            ctx.log(Level::Debug, &format!("{}: no data folders: {e}", wanted.key));
            Vec::new()
        });
        Place::below(wanted, &dirs)
    }

    /// The same below `dirs`.
    pub fn below(wanted: &Wanted, dirs: &[PathBuf]) -> Place {
        let mut place = Place {
            dirs: dirs.to_vec(),
            ..Place::default()
        };
        for dir in dirs {
            for name in wanted.folders {
                place.add(dir.join(name));
                place.add(dir.join(name).join("raw"));
                // The official tools put a folder of the same name into it once more.
                place.add(dir.join(name).join(name));
            }
            place.add(dir.clone());
        }
        place
    }

    fn add(&mut self, dir: PathBuf) {
        if dir.is_dir() && !self.folders.contains(&dir) {
            self.folders.push(dir);
        }
    }

    /// The first of the folders in which `name`, a file or folder, exists.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        self.folders
            .iter()
            .map(|dir| dir.join(name))
            .find(|path| path.exists())
    }

    /// The first of `names` that exists in a folder, folder by folder.
    pub fn find_any(&self, names: &[&str]) -> Option<PathBuf> {
        let paths = self
            .folders
            .iter()
            .flat_map(|dir| names.iter().map(|name| dir.join(name)));
        paths.into_iter().find(|path| path.exists())
    }

    /// The error for a data set that is not there.
    pub fn missing(&self, wanted: &Wanted) -> Error {
        let looked: Vec<String> = self.dirs.iter().map(|p| p.display().to_string()).collect();
        let places = match looked.is_empty() {
            true => "no data folder is configured".to_owned(),
            false => format!(
                "looked in {} and, below, in {}",
                looked.join(", "),
                wanted.folders.join(", ")
            ),
        };
        Error::new("missing-data", format!("{} was not found; {places}", wanted.key)).with_hint(wanted.advice)
    }
}

/// The position of a request's split in `splits`, its samples checked against their number.
///
/// # Errors
/// `bad-request` for an unknown split or a sample that it does not have.
pub fn split_of(key: &str, splits: &[(&str, usize)], split: &str, indices: &[u64]) -> Result<usize> {
    let Some(at) = splits.iter().position(|(name, _)| *name == split) else {
        let names: Vec<String> = splits.iter().map(|(name, _)| format!("`{name}`")).collect();
        return Err(Error::new(
            "bad-request",
            format!("{key} has no split `{split}`, only {}", names.join(" and ")),
        ));
    };
    let samples = splits[at].1;
    match indices.iter().find(|i| **i >= samples as u64) {
        Some(i) => Err(Error::new(
            "bad-request",
            format!("{key} has no sample {i} in `{split}`, only {samples}"),
        )),
        None => Ok(at),
    }
}

/// Whether the file's name ends so, whatever the case.
pub(crate) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case(extension))
}
