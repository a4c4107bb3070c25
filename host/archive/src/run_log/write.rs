//! Appending to a log.

use super::line::encode;
use super::read::LogContents;
use super::record::{LogEntry, LogRecord};
use crate::error::{self, code};
use crate::record::now_utc;
use neurotrain_plugin_api::{Error, Result};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// An append-only log: one JSON object per line, each with its checksum, flushed when it is written. A kill
/// at any moment loses at most the record being written.
#[derive(Debug)]
pub struct RunLog {
    path: PathBuf,
    file: File,
    length: u64,
}

impl RunLog {
    /// Begins a new log.
    ///
    /// # Errors
    /// `archive-exists`, `archive-full`, `archive-unwritable`.
    pub fn create(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path);
        let file = file.map_err(|e| error::writing("create", path, &e))?;
        lock(&file, path)?;
        Ok(RunLog {
            path: path.to_owned(),
            file,
            length: 0,
        })
    }

    /// Continues a log: a torn last line is cut off, so that nothing is glued to it. Returns also what the
    /// log holds, and holds no longer ([`LogContents::torn`]).
    ///
    /// # Errors
    /// `archive-unreadable`, `archive-unwritable`, `log-locked`.
    pub fn append(path: &Path) -> Result<(Self, LogContents)> {
        let file = OpenOptions::new().read(true).append(true).open(path);
        let file = file.map_err(|e| match e.kind() {
            ErrorKind::NotFound => error::reading(path, &e),
            _ => error::writing("append to", path, &e),
        })?;
        lock(&file, path)?;
        let contents = LogContents::read(path)?;
        let length = match &contents.torn {
            Some(torn) => torn.offset,
            None => file.metadata().map_err(|e| error::reading(path, &e))?.len(),
        };
        file.set_len(length)
            .map_err(|e| error::writing("shorten", path, &e))?;
        Ok((
            RunLog {
                path: path.to_owned(),
                file,
                length,
            },
            contents,
        ))
    }

    /// Reads a log without changing it; a process may be writing to it.
    ///
    /// # Errors
    /// `archive-unreadable`. A torn or damaged line is no error: see [`LogContents`].
    pub fn read(path: &Path) -> Result<LogContents> {
        LogContents::read(path)
    }

    /// Whether a process is writing to the log at `path`, as far as its file system can tell.
    pub fn in_use(path: &Path) -> bool {
        File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Appends a record with the time now.
    ///
    /// # Errors
    /// `archive-full`, `archive-unwritable`; the log stays as it was.
    pub fn write(&mut self, record: &LogRecord) -> Result<()> {
        let entry = LogEntry {
            time: now_utc(),
            record: record.clone(),
        };
        let line = encode(&entry)?;
        let durable = record.must_reach_disk();
        let written = self.file.write_all(line.as_bytes());
        let written = written.and_then(|()| if durable { self.file.sync_data() } else { Ok(()) });
        match written {
            Ok(()) => {
                self.length += line.len() as u64;
                Ok(())
            }
            Err(e) => {
                // Part of the line may be there; if it cannot be cut off now, it will be as a torn line.
                let _ = self.file.set_len(self.length);
                Err(error::writing("append to", &self.path, &e))
            }
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Two writers would mix their lines. Where the file system has no locks, there is none to take.
fn lock(file: &File, path: &Path) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another process is writing to `{}`", path.display());
            Err(Error::new(code::LOCKED, message).with_hint("wait for that run to end, or stop it"))
        }
        Err(TryLockError::Error(_)) => Ok(()),
    }
}
