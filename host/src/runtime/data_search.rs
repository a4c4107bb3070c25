//! Where data sets are looked for.

use neurotrain_tensor::DataDirs;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The folders that data set plugins look in, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSearch {
    dirs: Vec<PathBuf>,
    bundled: Option<PathBuf>,
}

impl DataSearch {
    /// `given` folders, then `NEUROTRAIN_DATA_PATH` (separated by colons), then
    /// `$XDG_DATA_HOME/neurotrain/data`, then `./data`; bundled data last.
    pub fn new(given: &[PathBuf]) -> Self {
        let mut dirs: Vec<PathBuf> = given.to_vec();
        if let Some(list) = std::env::var_os("NEUROTRAIN_DATA_PATH") {
            dirs.extend(std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()));
        }
        dirs.extend(data_home().map(|home| home.join("neurotrain").join("data")));
        dirs.push(PathBuf::from("data"));
        // Workers may run elsewhere.
        let dirs = dirs.into_iter().map(|dir| std::path::absolute(&dir).unwrap_or(dir)).collect();
        DataSearch { dirs, bundled: bundled() }
    }

    /// The folders in order, without the bundled data.
    pub fn dirs(&self) -> &[PathBuf] {
        &self.dirs
    }

    /// The folder of bundled data, if there is one.
    pub fn bundled(&self) -> Option<&Path> {
        self.bundled.as_deref()
    }

    /// The same with folders in front.
    #[must_use]
    pub fn preferring(mut self, dirs: impl IntoIterator<Item = PathBuf>) -> Self {
        self.dirs = dirs.into_iter().chain(std::mem::take(&mut self.dirs)).collect();
        self
    }

    /// As the service `data_dir` answers.
    pub(crate) fn answer(&self) -> DataDirs {
        let dirs = self.dirs.iter().chain(&self.bundled).cloned().collect();
        DataDirs { dirs, bundled: self.bundled.clone() }
    }
}

fn data_home() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|v: &std::ffi::OsString| v.as_os_str() != OsStr::new(""));
    set("XDG_DATA_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(set("HOME")?).join(".local").join("share")))
}

/// Bundled data lie beside the program when installed, and in `datasets/` of the sources it was built from.
fn bundled() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let installed = program.parent()?.join("../share/neurotrain/data");
    let sources = program.ancestors().map(|dir| dir.join("datasets"));
    std::iter::once(installed).chain(sources).find(|dir| dir.is_dir()).and_then(|dir| dir.canonicalize().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_folders_come_first_and_all_are_absolute() {
        let search = DataSearch::new(&[PathBuf::from("mine")]);
        assert!(search.dirs()[0].ends_with("mine"));
        assert!(search.dirs().iter().all(|dir| dir.is_absolute()));
        let search = search.preferring([PathBuf::from("/first")]);
        assert_eq!(search.dirs()[0], Path::new("/first"));
    }
}
