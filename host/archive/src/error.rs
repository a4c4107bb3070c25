//! Errors of files, in terms of what the user can do.

use neurotrain_plugin_api::Error;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The codes of the errors that this crate returns.
pub mod code {
    /// The target exists already; nothing was written.
    pub const EXISTS: &str = "archive-exists";
    /// The disk, the quota or the file size limit is exhausted; nothing was left behind.
    pub const FULL: &str = "archive-full";
    /// The folder is missing, not a folder, or may not be written.
    pub const UNWRITABLE: &str = "archive-unwritable";
    /// The file is missing or may not be read.
    pub const UNREADABLE: &str = "archive-unreadable";
    /// The file is truncated or damaged.
    pub const CORRUPT: &str = "archive-corrupt";
    /// The file is no run archive, or one of a newer layout.
    pub const FOREIGN: &str = "archive-foreign";
    /// The run cannot be represented (a name twice, a wrong length).
    pub const INVALID: &str = "archive-invalid";
    /// The HDF5 library failed for another reason.
    pub const HDF5: &str = "archive-hdf5";
    /// The log is in use by another process.
    pub const LOCKED: &str = "log-locked";
}

/// An operation on `path` in `folder` failed while writing.
pub(crate) fn writing(what: &str, path: &Path, cause: &io::Error) -> Error {
    let shown = path.display();
    match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            Error::new(code::FULL, format!("cannot {what} `{shown}`: {cause}")).with_hint(
                "free space there or choose another output folder, then run again; no partial file was left",
            )
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Error::new(code::UNWRITABLE, format!("cannot {what} `{shown}`: {cause}"))
                .with_hint("make the folder writable or choose another output folder")
        }
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Error::new(code::UNWRITABLE, format!("cannot {what} `{shown}`: {cause}"))
                .with_hint("create the folder or choose another output folder")
        }
        ErrorKind::AlreadyExists => exists(path),
        _ => Error::new(code::UNWRITABLE, format!("cannot {what} `{shown}`: {cause}"))
            .with_hint("choose another output folder, then run again; no partial file was left"),
    }
}

pub(crate) fn exists(path: &Path) -> Error {
    Error::new(
        code::EXISTS,
        format!("`{}` exists and is never overwritten", path.display()),
    )
    .with_hint("move it away or choose another output folder")
}

/// Opening or reading `path` failed in the operating system.
pub(crate) fn reading(path: &Path, cause: &io::Error) -> Error {
    Error::new(
        code::UNREADABLE,
        format!("cannot read `{}`: {cause}", path.display()),
    )
    .with_hint("check the path and its permissions")
}

pub(crate) fn corrupt(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(code::CORRUPT, format!("`{}` is damaged: {why}", path.display()))
        .with_hint("restore it from a copy, or delete it and run the experiment again")
}

pub(crate) fn foreign(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(
        code::FOREIGN,
        format!("`{}` is not a run archive: {why}", path.display()),
    )
    .with_hint("give a file that `neurotrain run` wrote")
}

pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(code::INVALID, message)
}

/// The HDF5 library failed while the image of a file was being built.
pub(crate) fn building(what: &str, cause: &hdf5::Error) -> Error {
    Error::new(code::HDF5, format!("cannot put {what} into the archive: {cause}"))
}
