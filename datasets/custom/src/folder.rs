//! Folders of images: a folder for each class.

use neurotrain_plugin_api::{Error, Result};
use std::path::{Path, PathBuf};

/// The images of a split, by class.
#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) name: &'static str,
    /// File and class, in the order of classes and names.
    pub(crate) images: Vec<(PathBuf, u16)>,
}

/// Classes and splits of a folder.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) classes: Vec<String>,
    /// Training images first. Without a test split, all are training images.
    pub(crate) splits: Vec<Split>,
}

const EXTENSIONS: [&str; 6] = ["png", "jpg", "jpeg", "bmp", "gif", "webp"];
/// Names of the folders of splits; the first is expected.
const SPLITS: [(&str, &[&str]); 3] = [
    ("train", &["train", "training"]),
    ("validation", &["validation", "valid", "val"]),
    ("test", &["test", "testing"]),
];

/// Reads what lies in `root`: `train/CLASS/…` and so on, or `CLASS/…`.
///
/// # Errors
/// `io` or `bad-data` naming the folder, also for a class that only a test split has.
pub(crate) fn layout(root: &Path) -> Result<Layout> {
    let found = |names: &[&str]| names.iter().map(|n| root.join(n)).find(|p| p.is_dir());
    let Some(train) = found(SPLITS[0].1) else {
        let classes = classes(root)?;
        let images = images(root, &classes, "train")?;
        return Ok(Layout {
            splits: vec![images],
            classes,
        });
    };
    let classes = classes(&train)?;
    let mut splits = vec![images(&train, &classes, "train")?];
    for (name, names) in &SPLITS[1..] {
        if let Some(dir) = found(names) {
            splits.push(images(&dir, &classes, name)?);
        }
    }
    Ok(Layout { classes, splits })
}

/// The names of the folders in `dir`, in order.
fn classes(dir: &Path) -> Result<Vec<String>> {
    let mut classes: Vec<String> = entries(dir)?
        .into_iter()
        .filter(|p| p.is_dir())
        .filter_map(|p| p.file_name().map(|n| n.to_string_lossy().into_owned()))
        .collect();
    classes.sort();
    match classes.len() {
        2..=1000 => Ok(classes),
        n => Err(Error::bad_data(format!(
            "{}: {n} folders, but each class has a folder of its own, and there must be 2 to 1000 of them",
            dir.display()
        ))),
    }
}

fn images(dir: &Path, classes: &[String], split: &'static str) -> Result<Split> {
    let mut images = Vec::new();
    for path in entries(dir)?.into_iter().filter(|p| p.is_dir()) {
        let name = path
            .file_name()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let Some(class) = classes.iter().position(|c| *c == name) else {
            return Err(Error::bad_data(format!(
                "{}: there are no training images of class `{name}`",
                path.display()
            )));
        };
        let mut files: Vec<PathBuf> = entries(&path)?.into_iter().filter(|p| is_image(p)).collect();
        files.sort();
        if files.is_empty() && split == "train" {
            return Err(Error::bad_data(format!(
                "{}: holds no image ({})",
                path.display(),
                EXTENSIONS.join(", ")
            )));
        }
        images.extend(files.into_iter().map(|file| (file, class as u16)));
    }
    images.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    match images.is_empty() {
        true => Err(Error::bad_data(format!("{}: holds no image", dir.display()))),
        false => Ok(Split { name: split, images }),
    }
}

/// What lies in `dir`, without hidden files.
fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let fail = |e: std::io::Error| Error::new("io", format!("{}: {e}", dir.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

fn is_image(path: &Path) -> bool {
    path.is_file()
        && path
            .extension()
            .is_some_and(|e| EXTENSIONS.iter().any(|known| e.eq_ignore_ascii_case(known)))
}
