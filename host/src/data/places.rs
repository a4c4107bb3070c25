//! Where the files of a data set lie on this machine.

use crate::runtime::DataSearch;
use neurotrain_plugin_api::{Component, DatasetInfo, Source};
use std::path::{Path, PathBuf};

/// The file that marks a folder of synthetic stand-ins.
const STAND_IN: &str = "stand-in.json";

/// Where a data set was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Files in this folder.
    Folder(PathBuf),
    /// Inside its plugin.
    Plugin,
    /// Its plugin found it somewhere that is not known here.
    Unknown,
}

impl Place {
    pub(super) fn text(&self) -> String {
        match self {
            Place::Folder(path) => path.display().to_string(),
            Place::Plugin => "in its plugin".to_owned(),
            Place::Unknown => "found by its plugin".to_owned(),
        }
    }
}

/// The names of the data set's folder, the one to store into first.
pub(super) fn folder_names(component: &Component) -> Vec<&str> {
    match &component.folders[..] {
        [] => vec![&component.key],
        names => names.iter().map(String::as_str).collect(),
    }
}

/// Folders in which files of the data set may lie, best first.
fn folders(component: &Component, data: &DataSearch) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for dir in data.dirs() {
        for name in folder_names(component) {
            let own = dir.join(name);
            folders.extend([own.join("raw"), own.join(name), own]);
        }
    }
    folders
}

/// Where the files that a plugin opened lie.
pub(super) fn place_of(component: &Component, info: &DatasetInfo, data: &DataSearch) -> Place {
    let names: Vec<&str> = info
        .files
        .iter()
        .filter_map(|file| file.name.split(" (").next())
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() || names.iter().any(|name| name.starts_with("bundled/")) {
        return if names.is_empty() {
            Place::Unknown
        } else {
            Place::Plugin
        };
    }
    let candidates = folders(component, data);
    let known = candidates.iter().map(PathBuf::as_path).chain(data.dirs());
    let holds_all = |dir: &Path| {
        names.iter().all(|name| {
            let last = Path::new(name).file_name().unwrap_or_default();
            dir.join(name).exists() || dir.join(last).exists()
        })
    };
    let archive = || {
        component
            .sources
            .iter()
            .find_map(|source| file_of(component, source, data))
    };
    known
        .flat_map(with_inner)
        .find(|dir| holds_all(dir))
        .or_else(|| archive().and_then(|file| file.parent().map(Path::to_owned)))
        .map_or(Place::Unknown, Place::Folder)
}

/// A folder, and those in it, as an unpacked archive leaves them (`cifar-10-batches-bin`).
fn with_inner(dir: &Path) -> Vec<PathBuf> {
    let inner = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut dirs: Vec<PathBuf> = inner
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    dirs.sort();
    dirs.insert(0, dir.to_owned());
    dirs
}

/// The file of `source` on this machine: its name, or without `.gz`.
pub(super) fn file_of(component: &Component, source: &Source, data: &DataSearch) -> Option<PathBuf> {
    let plain = source
        .name
        .strip_suffix(".gz")
        .filter(|_| !source.name.ends_with(".tar.gz"));
    let names = std::iter::once(source.name.as_str()).chain(plain);
    let names: Vec<&str> = names.collect();
    folders(component, data).iter().find_map(|dir| {
        names
            .iter()
            .filter_map(|name| neurotrain_fetch::file_below(dir, name).ok())
            .find(|path| path.is_file())
    })
}

/// Whether a file lies in a folder of synthetic stand-ins.
pub(super) fn is_stand_in(file: &Path) -> bool {
    file.parent().is_some_and(|dir| dir.join(STAND_IN).exists())
}

#[cfg(test)]
mod tests {
    use super::*;
    use neurotrain_plugin_api::FileInfo;

    fn info(names: &[&str]) -> DatasetInfo {
        let file = |name: &&str| FileInfo {
            name: (*name).to_owned(),
            ..FileInfo::default()
        };
        DatasetInfo {
            files: names.iter().map(file).collect(),
            ..DatasetInfo::default()
        }
    }

    #[test]
    fn the_folder_of_opened_files_is_found() {
        let root = tempfile::tempdir().unwrap();
        let data = DataSearch::new(&[root.path().to_owned()]);
        let component = Component::new("SET", "", "").folders(&["SET", "set"]);
        let dir = root.path().join("set");
        std::fs::create_dir_all(dir.join("Train")).unwrap();
        std::fs::write(dir.join("a-labels"), "x").unwrap();
        let found = |names: &[&str]| place_of(&component, &info(names), &data);
        assert_eq!(found(&["a-labels"]), Place::Folder(dir.clone()));
        assert_eq!(
            found(&["Train (1000 files, listing)"]),
            Place::Folder(dir.clone())
        );
        assert_eq!(found(&["bundled/a-labels"]), Place::Plugin);
        assert_eq!(found(&["elsewhere"]), Place::Unknown);
        std::fs::create_dir_all(root.path().join("set-subset")).unwrap();
        std::fs::write(root.path().join("set-subset/part"), "x").unwrap();
        assert_eq!(found(&["part"]), Place::Folder(root.path().join("set-subset")));
        let source = Source::file("a-labels.gz");
        assert_eq!(file_of(&component, &source, &data), Some(dir.join("a-labels")));
        assert!(!is_stand_in(&dir.join("a-labels")));
        std::fs::write(dir.join(STAND_IN), "{}").unwrap();
        assert!(is_stand_in(&dir.join("a-labels")));
        assert_eq!(file_of(&component, &Source::file("../b"), &data), None);
    }
}
