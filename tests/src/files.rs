//! What a run leaves on the disk.

use std::path::{Path, PathBuf};

/// The HDF5 files below a folder, sorted.
pub fn archives_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "h5") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
