//! Space for the archive, held while the run goes on: a disk that fills up meanwhile does not cost the result,
//! and one that is full already is noticed before training.

use neurotrain_plugin_api::{Error, Result};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Room for everything in an archive that is not a parameter.
const DESCRIPTION: u64 = 256 * 1024;

/// A nameless file of the size of the archive; the space is free again when this is dropped, or the process ends.
pub(super) struct Reserve {
    _file: File,
}

impl Reserve {
    /// Reserves room in `folder` for an archive with parameters of `bytes`.
    pub(super) fn new(folder: &Path, bytes: u64) -> Result<Self> {
        let size = DESCRIPTION + bytes + bytes / 8;
        let failed = |e: std::io::Error| refused(folder, size, &e);
        let mut file = tempfile::tempfile_in(folder).map_err(failed)?;
        let block = [0; 64 * 1024];
        let mut left = size;
        while left > 0 {
            let part = left.min(block.len() as u64) as usize;
            file.write_all(&block[..part]).map_err(failed)?;
            left -= part as u64;
        }
        Ok(Reserve { _file: file })
    }
}

fn refused(folder: &Path, size: u64, e: &std::io::Error) -> Error {
    let shown = folder.display();
    match e.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Error::new(
            "archive-full",
            format!("{shown} has no room for an archive of {size} bytes: {e}"),
        )
        .with_hint("free space there or choose another output folder with --out; nothing was trained"),
        _ => Error::new(
            "archive-unwritable",
            format!("{shown} cannot take an archive of {size} bytes: {e}"),
        )
        .with_hint("make it writable or choose another output folder with --out; nothing was trained"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::new(folder.path(), 1000).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        drop(reserve);
        let error = Reserve::new(&folder.path().join("absent"), 0).err().unwrap();
        assert!(error.message().contains("absent"), "{error}");
    }
}
