//! Writing a stand-in: aside first, then renamed, so that there is never half of one.

use crate::layout::SpikeFileWriter;
use crate::options::{Options, Report};
use crate::sets::{Set, find};
use neurotrain_data_files::STAND_IN;
use neurotrain_plugin_api::{Error, Result};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the stand-in of data set `key` into a folder of that name below the data folder `dir`, in place of an older
/// stand-in there. HDF5 files are written by `spikes`.
///
/// # Errors
/// `bad-request` for an unknown key, impossible sizes, or a folder that holds anything but a stand-in; `io` when
/// something cannot be written. Nothing is left behind then.
pub fn write(key: &str, dir: &Path, options: &Options, spikes: &dyn SpikeFileWriter) -> Result<Report> {
    let set = find(key)?;
    options.check(set.key, set.classes, set.official)?;
    fs::create_dir_all(dir).map_err(|e| io(dir, &e))?;
    refuse_real_data(set, dir)?;
    let aside = tempfile::Builder::new()
        .prefix(".stand-in-")
        .tempdir_in(dir)
        .map_err(|e| io(dir, &e))?;
    let made = aside.path().join("new");
    fs::create_dir(&made).map_err(|e| io(&made, &e))?;
    let (train, test) = (set.write)(&made, options, spikes)?;
    mark(set, &made, options, (train, test))?;
    let bytes = size(&made).map_err(|e| io(&made, &e))?;
    let folder = dir.join(set.key);
    if folder.exists() {
        let old = aside.path().join("old");
        fs::rename(&folder, &old).map_err(|e| io(&folder, &e))?;
    }
    fs::rename(&made, &folder).map_err(|e| io(&folder, &e))?;
    Ok(Report {
        key: set.key,
        folder,
        train,
        test,
        bytes,
    })
}

/// Refuses when a folder that a loader might take for that of the data set holds anything that is no stand-in.
fn refuse_real_data(set: &Set, dir: &Path) -> Result<()> {
    let plain = |name: &str| {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_lowercase()
    };
    for entry in fs::read_dir(dir).map_err(|e| io(dir, &e))? {
        let path = entry.map_err(|e| io(dir, &e))?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
        if name.is_none_or(|name| plain(&name) != plain(set.key)) {
            continue;
        }
        let marked = path.join(STAND_IN).is_file() && path.ends_with(set.key);
        let empty = || fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_none());
        if !marked && !empty() {
            return Err(Error::new(
                "bad-request",
                format!(
                    "{} holds something that is no stand-in: nothing was written",
                    path.display()
                ),
            )
            .with_hint("choose another folder with --into"));
        }
    }
    Ok(())
}

fn mark(set: &Set, folder: &Path, options: &Options, (train, test): (usize, usize)) -> Result<()> {
    let text = json!({
        "stand_in": true,
        "dataset": set.key,
        "train": train,
        "test": test,
        "seed": options.seed,
        "made_by": concat!("neurotrain ", env!("CARGO_PKG_VERSION")),
        "remark": "The files have the official layout, but their content is made up. Loaders call them `stand-in` \
                   as long as this file lies here.",
    });
    let path = folder.join(STAND_IN);
    fs::write(&path, format!("{text:#}\n")).map_err(|e| io(&path, &e))
}

fn size(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => size(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes)
}

/// Writes a file of a stand-in, and the folders above it.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<()> {
    let dir = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    fs::create_dir_all(&dir)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|e| io(path, &e))
}

fn io(path: &Path, error: &std::io::Error) -> Error {
    Error::new("io", format!("{}: {error}", path.display()))
        .with_hint("check that the folder may be written and that the disk is not full")
}
