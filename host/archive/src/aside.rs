//! Writing a whole file at once: aside, flushed to the disk, renamed; never over an existing file.

use crate::error;
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
    let folder = folder_of(path);
    let mut file = temporary_in(&folder, &file_name(path))
        .map_err(|e| error::writing("create a file in", &folder, &e))?;
    write_through(file.as_file_mut(), bytes).map_err(|e| error::writing("write", path, &e))?;
    file.persist_noclobber(path)
        .map_err(|e| error::writing("name", path, &e.error))?;
    // The rename itself survives a power failure only once the folder is flushed; where folders cannot be
    // flushed there is nothing left to do.
    let _ = File::open(&folder).and_then(|f| f.sync_all());
    Ok(())
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

fn folder_of(path: &Path) -> PathBuf {
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
