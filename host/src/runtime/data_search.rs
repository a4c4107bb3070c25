//! Where data sets are looked for.

use neurotrain_tensor::DataDirs;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The folders that data set plugins look in, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSearch {
    dirs: Vec<PathBuf>,
    #[serde(default)]
    bundled: Option<PathBuf>,
}

impl DataSearch {
    /// `given` folders, then `NEUROTRAIN_DATA_PATH` (separated by colons), then
    /// `$XDG_DATA_HOME/neurotrain/data`, then `./data`; data installed with the program last.
    pub fn new(given: &[PathBuf]) -> Self {
        let mut dirs: Vec<PathBuf> = given.to_vec();
        if let Some(list) = std::env::var_os("NEUROTRAIN_DATA_PATH") {
            dirs.extend(std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()));
        }
        dirs.extend(data_home().map(|home| home.join("neurotrain").join("data")));
        dirs.push(PathBuf::from("data"));
        // Workers may run elsewhere.
        let dirs = dirs
            .into_iter()
            .map(|dir| std::path::absolute(&dir).unwrap_or(dir))
            .collect();
        DataSearch {
            dirs,
            bundled: bundled(),
        }
    }

    /// All folders in order.
    pub fn dirs(&self) -> impl Iterator<Item = &Path> {
        self.dirs.iter().chain(&self.bundled).map(PathBuf::as_path)
    }

    /// As the service `data_dir` answers.
    pub(crate) fn answer(&self) -> DataDirs {
        let dirs = self.dirs().map(Path::to_owned).collect();
        DataDirs {
            dirs,
            bundled: self.bundled.clone(),
        }
    }
}

fn data_home() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|v: &std::ffi::OsString| v.as_os_str() != OsStr::new(""));
    set("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(set("HOME")?).join(".local").join("share")))
}

/// Data that were installed with the program, in `../share/neurotrain/data` beside it.
fn bundled() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    program
        .parent()?
        .join("../share/neurotrain/data")
        .canonicalize()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_folders_come_first_and_all_are_absolute() {
        let search = DataSearch::new(&[PathBuf::from("mine")]);
        assert!(search.dirs().next().is_some_and(|dir| dir.ends_with("mine")));
        assert!(search.dirs().all(Path::is_absolute));
    }
}
