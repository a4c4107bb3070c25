//! Lines of keys in a file, which serde's parsers do not keep.

use crate::Format;
use crate::document::{locate_toml, locate_yaml};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Where the keys of a file stand.
#[derive(Debug, Default)]
pub(crate) struct Locations {
    places: BTreeMap<Vec<String>, Place>,
    repeated: Vec<(Vec<String>, usize)>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    order: usize,
    line: usize,
}

impl Locations {
    /// Finds the keys of `text`; incomplete where it is malformed.
    pub(crate) fn of(text: &str, format: Format) -> Self {
        match format {
            // JSON is YAML, apart from corners that do not matter for finding lines.
            Format::Yaml | Format::Json => locate_yaml::locate(text),
            Format::Toml => locate_toml::locate(text),
        }
    }

    pub(crate) fn add(&mut self, path: Vec<String>, line: usize) {
        let order = self.places.len();
        match self.places.entry(path) {
            Entry::Occupied(known) => self.repeated.push((known.key().clone(), line)),
            Entry::Vacant(free) => {
                free.insert(Place { order, line });
            }
        }
    }

    /// Line of the key at `path`, or of the nearest key above it.
    pub(crate) fn line(&self, path: &[String]) -> Option<usize> {
        (1..=path.len())
            .rev()
            .find_map(|n| self.places.get(&path[..n]))
            .map(|place| place.line)
    }

    /// Position of the key at `path` among all keys; unknown ones come last.
    pub(crate) fn order(&self, path: &[String]) -> usize {
        self.places.get(path).map_or(usize::MAX, |place| place.order)
    }

    /// Keys that stand twice, with the second line.
    pub(crate) fn repeated(&self) -> &[(Vec<String>, usize)] {
        &self.repeated
    }
}
