//! Where the four files of a set lie.

use crate::set::Profile;
use neurotrain_plugin_api::Error;
use std::path::{Path, PathBuf};

/// The files of a set: training images, training labels, test images, test labels.
pub(crate) type Paths = [PathBuf; 4];

/// What a search found, and where it looked.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// The first folder with all four files.
    pub(crate) found: Option<Paths>,
    /// Every folder looked into, in order.
    pub(crate) looked: Vec<PathBuf>,
    /// Folders with some of the files only, with the names of those missing.
    incomplete: Vec<(PathBuf, Vec<&'static str>)>,
}

/// Names without the variable part, in the order of [`Paths`].
const STEMS: [(&str, &str); 4] = [
    ("train-images", "idx3-ubyte"),
    ("train-labels", "idx1-ubyte"),
    ("t10k-images", "idx3-ubyte"),
    ("t10k-labels", "idx1-ubyte"),
];

/// Looks through `dirs`, the host's data folders, and then the fixed ones.
pub(crate) fn search(profile: &Profile, dirs: &[PathBuf]) -> Search {
    let mut search = Search::default();
    for dir in dirs {
        search.look_below(profile, dir);
        if is_named(profile, dir) {
            search.look(dir.clone());
            search.look(dir.join("raw"));
        }
    }
    for fixed in profile.fixed {
        search.look(PathBuf::from(fixed));
    }
    search
}

impl Search {
    /// The error for a set that is wanted but not there.
    pub(crate) fn missing(&self, profile: &Profile) -> Error {
        if let Some(error) = self.incomplete() {
            return error;
        }
        let looked: Vec<String> = self.looked.iter().map(|p| p.display().to_string()).collect();
        let places = match looked.is_empty() {
            true => "no data folder is configured".to_owned(),
            false => format!("looked in {}", looked.join(", ")),
        };
        Error::new(
            "missing-data",
            format!("the full {} set was not found; {places}", profile.key),
        )
        .with_hint(profile.advice)
    }

    /// The error for a folder that holds a part of the set, if no folder holds all of it.
    pub(crate) fn incomplete(&self) -> Option<Error> {
        let (dir, lacking) = self.incomplete.first().filter(|_| self.found.is_none())?;
        Some(
            Error::new("missing-data", format!("{} lacks {}", dir.display(), lacking.join(", "))).with_hint(
                "complete the folder (each name also with a dot before `idx`, and with .gz), or choose `source: bundled`",
            ),
        )
    }

    fn look_below(&mut self, profile: &Profile, dir: &Path) {
        for name in profile.folders {
            self.look(dir.join(name).join("raw"));
            self.look(dir.join(name));
        }
        for package in profile.packages {
            self.look(dir.join(package));
        }
    }

    fn look(&mut self, dir: PathBuf) {
        if self.found.is_some() || self.looked.contains(&dir) {
            return;
        }
        let files = STEMS.map(|(stem, format)| file_in(&dir, stem, format));
        match files {
            [Some(a), Some(b), Some(c), Some(d)] => self.found = Some([a, b, c, d]),
            some if some.iter().any(Option::is_some) => {
                let names = [
                    "train-images-idx3-ubyte",
                    "train-labels-idx1-ubyte",
                    "t10k-images-idx3-ubyte",
                    "t10k-labels-idx1-ubyte",
                ];
                let lacking = names
                    .into_iter()
                    .zip(&some)
                    .filter(|(_, f)| f.is_none())
                    .map(|(n, _)| n)
                    .collect();
                self.incomplete.push((dir.clone(), lacking));
            }
            _ => {}
        }
        self.looked.push(dir);
    }
}

/// The file in `dir`, an uncompressed one first.
fn file_in(dir: &Path, stem: &str, format: &str) -> Option<PathBuf> {
    ["", ".gz"]
        .iter()
        .flat_map(|end| ["-", "."].map(|joint| dir.join(format!("{stem}{joint}{format}{end}"))))
        .find(|path| path.is_file())
}

/// Whether `dir` itself, or the folder whose `raw` it is, is called after the data set.
fn is_named(profile: &Profile, dir: &Path) -> bool {
    let dir = if dir.ends_with("raw") {
        dir.parent().unwrap_or(dir)
    } else {
        dir
    };
    dir.file_name()
        .is_some_and(|name| profile.folders.iter().any(|f| name.eq_ignore_ascii_case(f)))
}
