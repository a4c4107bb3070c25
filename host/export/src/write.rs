//! Putting an export down.

use neurotrain_plugin_api::{Error, Result};
use std::io::Write;
use std::path::Path;

/// Writes `bytes` as the file `path`, in place of an earlier one as a whole; folders are made.
///
/// # Errors
/// `archive-unwritable`, naming the file; an earlier file stays as it was.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |e: std::io::Error| {
        Error::new(
            "archive-unwritable",
            format!("`{}` cannot be written: {e}", path.display()),
        )
        .with_hint("give another place with --output, or free some space")
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".write");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    // Whoever clears up after dead writers sees that this one is alive.
    let _ = file.as_file().try_lock();
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_and_files_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b.csv");
        write_file(&path, b"first").unwrap();
        write_file(&path, b"2").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"2");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        let error = write_file(&path.join("c"), b"").unwrap_err();
        assert!(
            error.message().contains("b.csv") && !error.hint().is_empty(),
            "{error}"
        );
    }
}
