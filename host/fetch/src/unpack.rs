//! Unpacking an archive, whole or not at all.

use crate::part::cannot;
use crate::path::file_below;
use flate2::read::MultiGzDecoder;
use neurotrain_plugin_api::{Error, Result};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// No data set comes near it; a bound keeps a hostile archive from filling the disk.
const MOST_BYTES: u64 = 1 << 38;

/// Unpacks `archive` (`.zip`, `.tar` or `.tar.gz`) into the folder that it lies in. Only folders and plain files below
/// it are written, first aside; `entries` are then moved to their places.
///
/// # Errors
/// `bad-data` naming the archive when it is damaged, holds a name that climbs out of the folder, or lacks an entry;
/// `disk-full` and `io`.
pub fn unpack(archive: &Path, entries: &[String]) -> Result<()> {
    let folder = archive.parent().unwrap_or(Path::new("."));
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let aside = folder.join(format!(".{name}.unpacking-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&aside);
    let result = std::fs::create_dir(&aside)
        .map_err(|e| cannot("create", &aside, e))
        .and_then(|()| into(archive, &aside))
        .and_then(|()| place(archive, &aside, folder, entries));
    let _ = std::fs::remove_dir_all(&aside);
    result
}

fn into(archive: &Path, aside: &Path) -> Result<()> {
    let file = File::open(archive).map_err(|e| cannot("read", archive, e))?;
    let name = archive.to_string_lossy().to_ascii_lowercase();
    match () {
        () if name.ends_with(".zip") => unzip(archive, file, aside),
        () if name.ends_with(".tar.gz") || name.ends_with(".tgz") => {
            untar(archive, MultiGzDecoder::new(BufReader::new(file)), aside)
        }
        () if name.ends_with(".tar") => untar(archive, BufReader::new(file), aside),
        () => Err(Error::new(
            "bad-plugin",
            format!(
                "{}: only .zip, .tar and .tar.gz can be unpacked",
                archive.display()
            ),
        )),
    }
}

fn untar(archive: &Path, reader: impl Read, aside: &Path) -> Result<()> {
    let mut tar = tar::Archive::new(reader);
    let mut room = MOST_BYTES;
    for entry in tar.entries().map_err(|e| damaged(archive, &e))? {
        let mut entry = entry.map_err(|e| damaged(archive, &e))?;
        let inner = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_file() {
            write(archive, aside, &inner, kind.is_dir(), &mut entry, &mut room)?;
        }
    }
    Ok(())
}

fn unzip(archive: &Path, file: File, aside: &Path) -> Result<()> {
    let mut zip = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| damaged(archive, &e))?;
    let mut room = MOST_BYTES;
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i).map_err(|e| damaged(archive, &e))?;
        let (inner, is_dir, is_link) = (entry.name().to_owned(), entry.is_dir(), entry.is_symlink());
        if !is_link {
            write(archive, aside, &inner, is_dir, &mut entry, &mut room)?;
        }
    }
    Ok(())
}

fn write(
    archive: &Path,
    aside: &Path,
    inner: &str,
    is_dir: bool,
    content: &mut impl Read,
    room: &mut u64,
) -> Result<()> {
    let plain = inner.trim_start_matches("./").trim_end_matches('/');
    if plain.is_empty() {
        return Ok(());
    }
    let path = file_below(aside, plain).map_err(|_| {
        Error::bad_data(format!(
            "{}: holds `{inner}`, which does not lie below its folder",
            archive.display()
        ))
    })?;
    let dir = if is_dir {
        path.as_path()
    } else {
        path.parent().unwrap_or(aside)
    };
    std::fs::create_dir_all(dir).map_err(|e| cannot("create", dir, e))?;
    if is_dir {
        return Ok(());
    }
    let mut file = File::create(&path).map_err(|e| cannot("write", &path, e))?;
    let mut buffer = vec![0; 1 << 17];
    loop {
        let n = content
            .read(&mut buffer)
            .map_err(|e| damaged(archive, &e).context(inner))?;
        if n == 0 {
            return Ok(());
        }
        *room = room
            .checked_sub(n as u64)
            .ok_or_else(|| Error::bad_data(format!("{}: unpacks to too much", archive.display())))?;
        std::io::Write::write_all(&mut file, &buffer[..n]).map_err(|e| cannot("write", &path, e))?;
    }
}

/// Moves the entries that are wanted to their places, where nothing is yet.
fn place(archive: &Path, aside: &Path, folder: &Path, entries: &[String]) -> Result<()> {
    let mut moves = Vec::new();
    for entry in entries {
        // Some archives have a folder around everything.
        let from = file_below(aside, entry)?;
        let inner = std::fs::read_dir(aside).into_iter().flatten().flatten();
        let deeper = inner.map(|dir| dir.path().join(entry)).find(|path| path.exists());
        let from = if from.exists() { Some(from) } else { deeper };
        let from = from.ok_or_else(|| {
            Error::bad_data(format!("{}: the archive holds no `{entry}`", archive.display()))
                .with_hint("remove it and fetch it again")
        })?;
        moves.push((from, file_below(folder, entry)?));
    }
    for (from, to) in moves {
        if !to.exists() {
            std::fs::rename(&from, &to).map_err(|e| cannot("write", &to, e))?;
        }
    }
    Ok(())
}

fn damaged(archive: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::bad_data(format!("{}: the archive is damaged: {why}", archive.display()))
        .with_hint("remove it and fetch it again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn tar_gz(path: &Path, files: &[(&str, &[u8])]) {
        let gz = flate2::write::GzEncoder::new(File::create(path).unwrap(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gz);
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            // `set_path` refuses the names that are to be refused here.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();
    }

    #[test]
    fn wanted_entries_appear_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("a.tar.gz");
        tar_gz(
            &archive,
            &[
                ("./Train/1.npy", b"one"),
                ("Train/sub/2.npy", b"two"),
                ("note", b"n"),
            ],
        );
        unpack(&archive, &["Train".to_owned()]).unwrap();
        assert_eq!(std::fs::read(dir.path().join("Train/sub/2.npy")).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
        let error = unpack(&archive, &["Test".to_owned()]).unwrap_err();
        assert!(error.message().contains("Test"), "{error}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn zip_archives_may_have_a_folder_around_everything() {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("a.zip");
        let mut zip = zip::ZipWriter::new(File::create(&archive).unwrap());
        zip.start_file("outer/cat.zip", zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(b"inner").unwrap();
        zip.finish().unwrap();
        unpack(&archive, &["cat.zip".to_owned()]).unwrap();
        assert_eq!(std::fs::read(dir.path().join("cat.zip")).unwrap(), b"inner");
    }

    #[test]
    fn names_that_climb_and_damaged_archives_leave_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("deep/a.tar.gz");
        std::fs::create_dir(dir.path().join("deep")).unwrap();
        tar_gz(&archive, &[("Train/1", b"1"), ("../evil", b"x")]);
        let error = unpack(&archive, &["Train".to_owned()]).unwrap_err();
        assert!(error.message().contains("../evil"), "{error}");
        let stored = std::fs::read(&archive).unwrap();
        std::fs::write(&archive, &stored[..stored.len() / 2]).unwrap();
        assert!(unpack(&archive, &["Train".to_owned()]).is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(std::fs::read_dir(dir.path().join("deep")).unwrap().count(), 1);
    }
}
