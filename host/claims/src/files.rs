//! The files of claims: `KEY.N` in one folder.

use crate::holder::Holder;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Whoever may see the campaign may see who does what.
const MODE: u32 = 0o644;

/// A claim file as it was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) key: String,
    pub(crate) number: u64,
    pub(crate) modified: SystemTime,
    /// None where the content cannot be understood.
    pub(crate) holder: Option<Holder>,
}

/// The path of claim `number` on `key`.
pub(crate) fn path(folder: &Path, key: &str, number: u64) -> PathBuf {
    folder.join(format!("{key}.{number}"))
}

/// Key and number of a claim's file name.
pub(crate) fn parse(name: &str) -> Option<(&str, u64)> {
    let (key, number) = name.rsplit_once('.')?;
    let number = number.parse().ok()?;
    (!key.is_empty() && !key.starts_with('.')).then_some((key, number))
}

/// Names and numbers of all claim files; none where there is no folder yet.
pub(crate) fn names(folder: &Path) -> Result<Vec<(String, u64)>> {
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        if let Some((key, number)) = name.to_str().and_then(parse) {
            names.push((key.to_owned(), number));
        }
    }
    Ok(names)
}

/// Opens the file, so that a network file system tells its true state; none if it is not there (any more).
pub(crate) fn read(folder: &Path, key: &str, number: u64) -> Result<Option<Found>> {
    let path = path(folder, key, number);
    let mut file = match absent(File::open(&path))? {
        Some(file) => file,
        None => return Ok(None),
    };
    let mut text = Vec::new();
    if absent(file.read_to_end(&mut text))?.is_none() {
        return Ok(None);
    }
    let modified = file.metadata()?.modified()?;
    Ok(Some(Found {
        key: key.to_owned(),
        number,
        modified,
        holder: serde_json::from_slice(&text).ok(),
    }))
}

/// Makes the file, with its content; `false` if the name exists already.
pub(crate) fn create(folder: &Path, holder: &Holder, number: u64) -> Result<bool> {
    let path = path(folder, &holder.key, number);
    let text = serde_json::to_string_pretty(holder)? + "\n";
    let mut aside = tempfile::Builder::new().prefix(".claim").tempfile_in(folder)?;
    aside.write_all(text.as_bytes())?;
    aside.as_file().set_permissions(Permissions::from_mode(MODE))?;
    match std::fs::hard_link(aside.path(), &path) {
        Ok(()) => Ok(true),
        // A reply may be lost on its way from a server that did as it was told: then there are two names.
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            Ok(std::fs::metadata(aside.path()).is_ok_and(|m| m.nlink() > 1))
        }
        Err(e) if has_no_links(&e) => exclusive(&path, &text),
        Err(e) => Err(e),
    }
}

/// Renews the time of the file if it is still the claim `token`; whether it was.
pub(crate) fn renew(folder: &Path, key: &str, number: u64, token: &str) -> Result<bool> {
    let Some(mut file) = absent(
        OpenOptions::new()
            .read(true)
            .write(true)
            .open(path(folder, key, number)),
    )?
    else {
        return Ok(false);
    };
    let mut text = Vec::new();
    if absent(file.read_to_end(&mut text))?.is_none() {
        return Ok(false);
    }
    let holder: Option<Holder> = serde_json::from_slice(&text).ok();
    if holder.is_none_or(|holder| holder.token != token) {
        return Ok(false);
    }
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    };
    let times = Timestamps {
        last_access: now,
        last_modification: now,
    };
    Ok(absent(futimens(&file, &times).map_err(Error::from))?.is_some())
}

/// Removes a claim's file; it may be gone.
pub(crate) fn remove(folder: &Path, key: &str, number: u64) -> Result<()> {
    absent(std::fs::remove_file(path(folder, key, number))).map(|_| ())
}

fn exclusive(path: &Path, text: &str) -> Result<bool> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(e),
    }
}

fn has_no_links(e: &Error) -> bool {
    use rustix::io::Errno;
    [
        Errno::PERM,
        Errno::NOTSUP,
        Errno::OPNOTSUPP,
        Errno::NOSYS,
        Errno::MLINK,
    ]
    .iter()
    .any(|code| e.raw_os_error() == Some(code.raw_os_error()))
}

/// None for a file that is not there, or was removed by another machine while it was open here.
fn absent<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.kind() == ErrorKind::NotFound || e.kind() == ErrorKind::StaleNetworkFileHandle => {
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_at_the_last_dot() {
        assert_eq!(parse("0123abcd.2"), Some(("0123abcd", 2)));
        assert_eq!(parse("study.trial-7.11"), Some(("study.trial-7", 11)));
        assert_eq!(parse(".claimX1.3"), None);
        assert_eq!(parse("README"), None);
        assert_eq!(parse("a.b"), None);
    }
}
