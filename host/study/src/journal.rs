//! The journal file: complete lines are read, whole lines are appended under the lock.

use crate::lock::Lock;
use neurotrain_plugin_api::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// An open journal and how far it has been read.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// The end of the last line read.
    offset: u64,
    lines: u64,
}

impl Journal {
    /// Opens a journal for reading and appending; an absent one is created.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let failed = |e: std::io::Error| io(path, "cannot open the study", &e);
        // Links are resolved, so that all processes lock the same file by the same name.
        let is_new = !path.exists();
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(failed)?;
        let path = path.canonicalize().map_err(failed)?;
        if is_new && let Some(folder) = path.parent() {
            // The name must survive a crash as well as the content.
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(failed)?;
        }
        Ok(Journal {
            path,
            file,
            offset: 0,
            lines: 0,
        })
    }

    /// Opens a journal for reading only.
    pub(crate) fn open_read_only(path: &Path) -> Result<Self> {
        Ok(Journal {
            path: path.to_owned(),
            file: File::open(path).map_err(|e| io(path, "cannot read the study", &e))?,
            offset: 0,
            lines: 0,
        })
    }

    /// Waits for the right to append.
    pub(crate) fn lock(&self) -> Result<Lock> {
        Lock::acquire(&self.path, &self.file)
    }

    /// Hands every complete line not yet read to `each`; what follows the last line end is not there yet.
    pub(crate) fn read(&mut self, mut each: impl FnMut(&str) -> Result<()>) -> Result<()> {
        let read = |e: std::io::Error| io(&self.path, "cannot read the study", &e);
        let length = self.file.metadata().map_err(read)?.len();
        if length < self.offset {
            return Err(Error::bad_data(format!(
                "{}: the study is shorter than it was ({length} bytes, {} were read)",
                self.path.display(),
                self.offset
            ))
            .with_hint("stop all processes of the study and start again with the file you want"));
        }
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(self.offset)).map_err(read)?;
        self.file.read_to_end(&mut bytes).map_err(read)?;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(content) = line.strip_suffix(b"\n") else {
                break;
            };
            let text = std::str::from_utf8(content)
                .map_err(|_| Error::bad_data("not UTF-8"))
                .and_then(&mut each);
            text.map_err(|e| e.context(format!("{}:{}", self.path.display(), self.lines + 1)))?;
            self.offset += line.len() as u64;
            self.lines += 1;
        }
        Ok(())
    }

    /// Appends whole lines and waits until the disk has them. Everything before must have been read under this lock.
    ///
    /// After an error the file may hold the first of the lines, never a part of one.
    pub(crate) fn append(&self, _lock: &Lock, lines: &str) -> Result<()> {
        let failed = |e: std::io::Error| {
            io(&self.path, "cannot write the study", &e).with_hint(
                "see to the space and the rights of the folder, then start again: what was written is kept",
            )
        };
        self.cut_torn_line().map_err(failed)?;
        let written = (&self.file).write_all(lines.as_bytes());
        if written.is_err() {
            let _ = self.cut_torn_line();
        }
        written.and_then(|()| self.file.sync_data()).map_err(failed)
    }

    /// Removes what a writer left behind its last line end.
    fn cut_torn_line(&self) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        (&self.file).seek(SeekFrom::Start(self.offset))?;
        (&self.file).read_to_end(&mut bytes)?;
        let complete = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        if complete < bytes.len() {
            self.file.set_len(self.offset + complete as u64)?;
            self.file.sync_data()?;
        }
        Ok(())
    }
}

fn io(path: &Path, what: &str, error: &std::io::Error) -> Error {
    Error::new("io", format!("{what} {}: {error}", path.display()))
}
