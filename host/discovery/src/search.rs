//! Where plugins are looked for, in a fixed order that can be printed.

use neurotrain_plugin_api::abi::API_MAJOR;
use serde::Serialize;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// Everything the search path is made of.
#[derive(Debug, Clone, Default)]
pub struct SearchOptions {
    /// `--plugin-path` entries, in the order given.
    pub plugin_path: Vec<PathBuf>,
    /// Value of `NEUROTRAIN_PLUGIN_PATH`.
    pub environment: Option<OsString>,
    /// Folder of the campaign file.
    pub campaign: Option<PathBuf>,
    /// `$XDG_DATA_HOME`, by default `~/.local/share`.
    pub data_home: Option<PathBuf>,
    /// The running program.
    pub program: Option<PathBuf>,
}

impl SearchOptions {
    /// The options of this process, with what its command line adds.
    pub fn from_process(plugin_path: Vec<PathBuf>, campaign: Option<PathBuf>) -> Self {
        SearchOptions {
            plugin_path,
            environment: std::env::var_os("NEUROTRAIN_PLUGIN_PATH"),
            campaign,
            data_home: home_folder("XDG_DATA_HOME", ".local/share"),
            // Through links, so that a link in ~/bin finds what lies beside the real program.
            program: std::env::current_exe().and_then(std::fs::canonicalize).ok(),
        }
    }

    /// The search path, best first.
    pub fn search_path(&self) -> Vec<SearchEntry> {
        let mut entries = Vec::new();
        let mut add = |origin, path: PathBuf| {
            entries.push(SearchEntry {
                origin,
                state: PlaceState::of(&path),
                path,
            })
        };
        for path in &self.plugin_path {
            add(Origin::CommandLine, path.clone());
        }
        for path in self
            .environment
            .iter()
            .flat_map(std::env::split_paths)
            .filter(|p| !p.as_os_str().is_empty())
        {
            add(Origin::Environment, path);
        }
        if let Some(folder) = &self.campaign {
            add(Origin::Campaign, folder.join("plugins"));
        }
        if let Some(data) = &self.data_home {
            add(
                Origin::UserData,
                data.join("neurotrain/plugins").join(API_MAJOR.to_string()),
            );
        }
        if let Some(folder) = self.program.as_deref().and_then(Path::parent) {
            add(Origin::Program, folder.join("plugins"));
            if let Some(prefix) = folder.parent() {
                add(Origin::Program, prefix.join("lib/neurotrain/plugins"));
            }
            add(Origin::BesideProgram, folder.to_owned());
        }
        entries
    }
}

/// The value of an XDG variable, or its default below the home folder. Relative values are ignored, as the
/// XDG specification asks.
pub(crate) fn home_folder(variable: &str, default: &str) -> Option<PathBuf> {
    let set = std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    set.or_else(|| {
        std::env::home_dir()
            .filter(|home| !home.as_os_str().is_empty())
            .map(|home| home.join(default))
    })
}

/// A place on the search path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchEntry {
    /// Why it is on the path.
    pub origin: Origin,
    /// A folder, or a single file.
    pub path: PathBuf,
    /// Whether it is there.
    pub state: PlaceState,
}

/// Why a place is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// `--plugin-path`.
    CommandLine,
    /// `NEUROTRAIN_PLUGIN_PATH`.
    Environment,
    /// `plugins/` beside the campaign file.
    Campaign,
    /// The user's data folder.
    UserData,
    /// A folder that belongs to the program.
    Program,
    /// Plugin files beside the program, as in cargo's `target/release`; only names that are those of plugins.
    BesideProgram,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Origin::CommandLine => "--plugin-path",
            Origin::Environment => "NEUROTRAIN_PLUGIN_PATH",
            Origin::Campaign => "campaign folder",
            Origin::UserData => "user data",
            Origin::Program => "installation",
            Origin::BesideProgram => "beside the program",
        })
    }
}

/// Whether a place can be searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceState {
    /// A folder.
    Folder,
    /// A single file.
    File,
    /// Nothing is there.
    Missing,
    /// It cannot be read, and why.
    Unreadable(String),
}

impl PlaceState {
    fn of(path: &Path) -> Self {
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => match std::fs::read_dir(path) {
                Ok(_) => PlaceState::Folder,
                Err(error) => PlaceState::Unreadable(error.to_string()),
            },
            Ok(_) => PlaceState::File,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => PlaceState::Missing,
            Err(error) => PlaceState::Unreadable(error.to_string()),
        }
    }
}

/// A file that may be a plugin, and the place it was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) path: PathBuf,
    /// Index of its place on the search path.
    pub(crate) place: usize,
}

/// The files on the search path in the order in which they count, and those that are reached again.
pub(crate) fn candidates(entries: &[SearchEntry]) -> (Vec<Candidate>, Vec<Candidate>) {
    let (mut first, mut again, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (place, entry) in entries.iter().enumerate() {
        for path in files_of(entry) {
            let identity = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            let list = if seen.insert(identity) {
                &mut first
            } else {
                &mut again
            };
            list.push(Candidate { path, place });
        }
    }
    (first, again)
}

fn files_of(entry: &SearchEntry) -> Vec<PathBuf> {
    match entry.state {
        PlaceState::File => vec![entry.path.clone()],
        PlaceState::Folder => {
            let listed = std::fs::read_dir(&entry.path)
                .into_iter()
                .flatten()
                .flatten()
                .map(|file| file.path());
            let mut files: Vec<PathBuf> = listed
                .filter(|path| is_library(path) && !path.is_dir())
                .filter(|path| entry.origin != Origin::BesideProgram || has_plugin_name(path))
                .collect();
            files.sort();
            files
        }
        PlaceState::Missing | PlaceState::Unreadable(_) => Vec::new(),
    }
}

fn is_library(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "so" || extension == "dylib")
}

fn has_plugin_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [
        "libneurotrain_rule_",
        "libneurotrain_model_",
        "libneurotrain_data_",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn touch(path: &Path) {
        fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
        fs::write(path, "").expect("a file");
    }

    #[test]
    fn the_order_is_fixed() {
        let options = SearchOptions {
            plugin_path: vec!["/a".into(), "/b.so".into()],
            environment: Some("/c:/d".into()),
            campaign: Some("/e".into()),
            data_home: Some("/f".into()),
            program: Some("/g/bin/neurotrain".into()),
        };
        let paths: Vec<String> = options
            .search_path()
            .iter()
            .map(|e| e.path.display().to_string())
            .collect();
        let wanted = [
            "/a",
            "/b.so",
            "/c",
            "/d",
            "/e/plugins",
            "/f/neurotrain/plugins/1",
            "/g/bin/plugins",
            "/g/lib/neurotrain/plugins",
            "/g/bin",
        ];
        assert_eq!(paths, wanted);
        assert!(
            options
                .search_path()
                .iter()
                .all(|entry| entry.state == PlaceState::Missing)
        );
    }

    #[test]
    fn files_come_sorted_and_once() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in [
            "one/b.so",
            "one/a.dylib",
            "one/notes.txt",
            "one/sub.so/x.so",
            "two/c.so",
        ] {
            touch(&folder.path().join(name));
        }
        let options = SearchOptions {
            plugin_path: vec![folder.path().join("two/c.so"), folder.path().join("one")],
            environment: Some(folder.path().join("two").into_os_string()),
            ..SearchOptions::default()
        };
        let (first, again) = candidates(&options.search_path());
        let names = |list: &[Candidate]| -> Vec<(String, usize)> {
            let name = |c: &Candidate| {
                c.path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            };
            list.iter().map(|c| (name(c), c.place)).collect()
        };
        assert_eq!(
            names(&first),
            [
                ("c.so".to_owned(), 0),
                ("a.dylib".to_owned(), 1),
                ("b.so".to_owned(), 1)
            ]
        );
        assert_eq!(names(&again), [("c.so".to_owned(), 2)]);
    }

    #[test]
    fn beside_the_program_only_plugin_names_count() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in [
            "libneurotrain_rule_x.so",
            "libneurotrain_model_y.so",
            "libserde_derive.so",
            "neurotrain",
        ] {
            touch(&folder.path().join(name));
        }
        let options = SearchOptions {
            program: Some(folder.path().join("neurotrain")),
            ..SearchOptions::default()
        };
        let (first, _) = candidates(&options.search_path());
        assert_eq!(first.len(), 2, "{first:?}");
    }
}
