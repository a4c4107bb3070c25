//! A file that is not whole yet.

use neurotrain_plugin_api::{Error, Result};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// `NAME.part`, which nobody else writes while this lives.
#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
    file: File,
    len: u64,
    /// Where it comes from, and what the server called this version of it.
    pub(crate) note: Note,
}

/// What is known of the bytes that are there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Note {
    pub(crate) url: String,
    /// A strong entity tag or a date, for `If-Range`.
    pub(crate) validator: String,
}

impl Part {
    /// Opens or creates `NAME.part` for the file `target`; waits, after `on_wait`, while another process has it.
    pub(crate) fn claim(target: &Path, on_wait: impl Fn()) -> Result<Part> {
        let path = with_suffix(target, ".part");
        let fail = |e: std::io::Error| cannot("open", &path, e);
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(fail)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    on_wait();
                    file.lock().map_err(fail)?;
                }
                // Some network file systems have no locks; checksums still hold.
                Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => {}
                Err(TryLockError::Error(e)) => return Err(fail(e)),
            }
            // Whoever had it before may have renamed or removed it.
            let same = std::fs::metadata(&path).is_ok_and(|now| {
                file.metadata()
                    .is_ok_and(|own| (own.ino(), own.dev()) == (now.ino(), now.dev()))
            });
            if !same {
                continue;
            }
            let len = file.seek(SeekFrom::End(0)).map_err(fail)?;
            let note = std::fs::read(with_suffix(&path, ".json"))
                .ok()
                .and_then(|text| serde_json::from_slice(&text).ok())
                .unwrap_or_default();
            return Ok(Part {
                path,
                file,
                len,
                note,
            });
        }
    }

    /// Bytes that are there.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Throws away what is there.
    pub(crate) fn restart(&mut self) -> Result<()> {
        self.file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .map_err(|e| cannot("write", &self.path, e))?;
        self.len = 0;
        self.remember(Note::default())
    }

    /// Keeps a note beside the file.
    pub(crate) fn remember(&mut self, note: Note) -> Result<()> {
        let path = with_suffix(&self.path, ".json");
        std::fs::write(&path, serde_json::to_vec(&note)?).map_err(|e| cannot("write", &path, e))?;
        self.note = note;
        Ok(())
    }

    /// Appends.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all(bytes)
            .map_err(|e| cannot("write", &self.path, e))?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Gives the file its final name.
    pub(crate) fn finish(self, target: &Path) -> Result<()> {
        self.file
            .sync_all()
            .and_then(|()| std::fs::rename(&self.path, target))
            .map_err(|e| cannot("finish", target, e))?;
        let _ = std::fs::remove_file(with_suffix(&self.path, ".json"));
        Ok(())
    }

    /// Removes it.
    pub(crate) fn discard(self) {
        let _ = std::fs::remove_file(with_suffix(&self.path, ".json"));
        let _ = std::fs::remove_file(&self.path);
    }
}

/// An error unless `bytes` more fit on the disk of `folder`.
pub(crate) fn check_room(folder: &Path, bytes: u64) -> Result<()> {
    // A file system that does not say has to be tried.
    let Ok(disk) = rustix::fs::statvfs(folder) else {
        return Ok(());
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    match free < bytes {
        true => Err(disk_full(
            folder,
            &format!("{bytes} bytes are needed, {free} are free"),
        )),
        false => Ok(()),
    }
}

fn disk_full(path: &Path, why: &str) -> Error {
    Error::new("disk-full", format!("no room on the disk of {}: {why}", path.display())).with_hint(
        "free some space, or give another folder with `--into`; what has arrived is kept, and the same command goes on \
         from there",
    )
}

pub(crate) fn cannot(what: &str, path: &Path, e: std::io::Error) -> Error {
    let full = [Errno::NOSPC, Errno::DQUOT, Errno::FBIG];
    match e.raw_os_error() {
        Some(code) if full.iter().any(|errno| errno.raw_os_error() == code) => {
            disk_full(path, &e.to_string())
        }
        _ => Error::new("io", format!("cannot {what} {}: {e}", path.display()))
            .with_hint("check that the folder may be written, or give another one with `--into`"),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_continued_with_its_note_and_has_one_writer() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("x");
        let mut part = Part::claim(&target, || ()).unwrap();
        part.remember(Note {
            url: "u".into(),
            validator: "\"1\"".into(),
        })
        .unwrap();
        part.write(b"ab").unwrap();
        let second = std::thread::spawn({
            let target = target.clone();
            move || Part::claim(&target, || ()).map(|p| (p.len(), p.note.url))
        });
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(!second.is_finished());
        drop(part);
        assert_eq!(second.join().unwrap().unwrap(), (2, "u".to_owned()));
        let mut part = Part::claim(&target, || ()).unwrap();
        part.write(b"c").unwrap();
        part.finish(&target).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"abc");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_full_disk_is_told_as_such() {
        let error = cannot(
            "write",
            Path::new("x.part"),
            std::io::Error::from_raw_os_error(28),
        );
        assert_eq!(error.code(), "disk-full");
        assert!(check_room(Path::new("/"), u64::MAX).is_err());
        assert!(check_room(Path::new("/"), 1).is_ok());
    }
}
