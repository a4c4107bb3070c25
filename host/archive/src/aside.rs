//! Writing a whole file at once: aside, flushed to the disk, renamed; over an existing file only where it is derived.

use crate::error;
use crate::h5::optional_text_attribute;
use crate::read::open_file;
use neurotrain_plugin_api::Result;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes `bytes` as the new file `path`. After an error, or a kill before the rename, `path` does not exist;
/// after an error nothing is left in the folder.
///
/// # Errors
/// `archive-exists`, `archive-full`, `archive-unwritable`.
pub(crate) fn write_new_file(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(error::exists(path));
    }
    let (file, folder) = written_aside(path, bytes)?;
    file.persist_noclobber(path)
        .map_err(|e| error::writing("name", path, &e.error))?;
    flush_folder(&folder);
    Ok(())
}

fn written_aside(path: &Path, bytes: &[u8]) -> Result<(NamedTempFile, PathBuf)> {
    let folder = folder_of(path);
    let mut file = temporary_in(&folder, &file_name(path))
        .map_err(|e| error::writing("create a file in", &folder, &e))?;
    // Whoever clears up after dead writers sees that this one is alive.
    let _ = file.as_file().try_lock();
    write_through(file.as_file_mut(), bytes).map_err(|e| error::writing("write", path, &e))?;
    Ok((file, folder))
}

/// A rename survives a power failure only once its folder is flushed; where folders cannot be flushed there is nothing
/// left to do.
fn flush_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|f| f.sync_all());
}

/// What became of a file that may have been there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// It is new.
    Created,
    /// It was there with the same content.
    Unchanged,
    /// It was there with another content.
    Changed,
}

/// Refuses a target that exists and has not the root attribute `Conventions` of what is to replace it.
pub(crate) fn check_replaceable(path: &Path, conventions: &str) -> Result<()> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    let found = || -> Option<String> {
        let (file, _) = open_file(path).ok()?;
        optional_text_attribute(&file, "Conventions").ok()?
    };
    match found() {
        Some(found) if found == conventions => Ok(()),
        _ => Err(error::exists(path)),
    }
}

/// Writes `bytes` as the file `path`, in place of an earlier one as a whole. For files that can be made again.
///
/// # Errors
/// `archive-full`, `archive-unwritable`; an earlier file stays as it was.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> Result<Replaced> {
    let before = fs::read(path).ok();
    if before.as_deref() == Some(bytes) {
        return Ok(Replaced::Unchanged);
    }
    let (file, folder) = written_aside(path, bytes)?;
    file.persist(path)
        .map_err(|e| error::writing("name", path, &e.error))?;
    flush_folder(&folder);
    Ok(match before {
        Some(_) => Replaced::Changed,
        None => Replaced::Created,
    })
}

/// Checks that files can be created in `folder` and written, so that a run does not find out at its end.
///
/// # Errors
/// `archive-full` or `archive-unwritable`, naming the folder.
pub fn check_folder(folder: &Path) -> Result<()> {
    let mut file =
        temporary_in(folder, "check").map_err(|e| error::writing("create a file in", folder, &e))?;
    write_through(file.as_file_mut(), &[0; 4096]).map_err(|e| error::writing("write in", folder, &e))
}

fn write_through(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

/// A file that is deleted when dropped, with the permissions that the user's umask gives to new files.
fn temporary_in(folder: &Path, name: &str) -> io::Result<NamedTempFile> {
    let prefix = format!(".{name}-");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(|e| {
        // The crate's message repeats the folder and the temporary name; the cause is enough.
        e.raw_os_error().map_or(e, io::Error::from_raw_os_error)
    })
}

pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| "run".to_owned(), |n| n.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_bytes_arrive_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.h5");
        write_new_file(&path, b"abc").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        assert_eq!(names(dir.path()), ["run.h5"]);
    }

    #[test]
    fn an_existing_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.h5");
        fs::write(&path, b"old").unwrap();
        let error = write_new_file(&path, b"new").unwrap_err();
        assert_eq!(error.code(), code::EXISTS);
        assert!(error.message().contains("run.h5"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["run.h5"]);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = write_new_file(&dir.path().join("no/such/run.h5"), b"new").unwrap_err();
        assert_eq!(error.code(), code::UNWRITABLE);
        assert!(error.message().contains("no/such"), "{error}");
        assert!(error.hint().contains("create the folder"), "{error}");
        assert_eq!(names(dir.path()), Vec::<String>::new());
    }

    #[test]
    fn a_folder_that_is_a_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), b"").unwrap();
        let error = write_new_file(&dir.path().join("file/run.h5"), b"new").unwrap_err();
        assert_eq!(error.code(), code::UNWRITABLE);
        assert_eq!(
            check_folder(&dir.path().join("file")).unwrap_err().code(),
            code::UNWRITABLE
        );
        check_folder(dir.path()).unwrap();
        assert_eq!(names(dir.path()), ["file"]);
    }
}
