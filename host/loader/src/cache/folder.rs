//! The folder of entries: what is in it, and making room.

use super::entry::describe;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::NamedTempFile;

/// Ending of an entry.
const ENTRY: &str = "frames";
/// Ending of an entry that is being written.
const ASIDE: &str = "part";
/// Ending of the file that is locked by whoever builds the entry of that name.
const TURN: &str = "lock";
/// Locked shared while a file is created aside, and alone while files are removed.
const FOLDER_LOCK: &str = "folder";

/// The folder in which frames are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheFolder {
    path: PathBuf,
}

/// An entry of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedEntry {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// When it was used last.
    pub used: SystemTime,
    /// Whether a run uses it now.
    pub in_use: bool,
    /// The data set and the split; or why it is no entry that this program can use.
    pub content: std::result::Result<(String, String), String>,
}

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freed {
    /// Number of entries.
    pub entries: usize,
    /// Their bytes, and those of what interrupted runs had left.
    pub bytes: u64,
    /// Bytes of the entries that are left.
    pub left: u64,
}

impl CacheFolder {
    /// The folder at `path`, which need not exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        CacheFolder { path: path.into() }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All entries, the one that was used longest ago first; none when there is no folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn entries(&self) -> io::Result<Vec<CachedEntry>> {
        let entries = self.sizes()?.into_iter();
        Ok(entries
            .map(|(used, path, bytes)| CachedEntry {
                in_use: locked(&path),
                content: describe(&path),
                path,
                bytes,
                used,
            })
            .collect())
    }

    /// Removes what interrupted runs have left, and then entries, those used longest ago first, until no more than
    /// `max_bytes` are left. Entries in use stay.
    ///
    /// # Errors
    /// What the system says.
    pub fn shrink(&self, max_bytes: u64) -> io::Result<Freed> {
        if !self.path.is_dir() {
            return Ok(Freed::default());
        }
        let _alone = self
            .lock_folder()?
            .map(|file| file.lock().map(|()| file))
            .transpose()?;
        let abandoned = self.remove_abandoned();
        let mut freed = self.evict(max_bytes, None)?;
        freed.bytes += abandoned;
        for path in self.files(TURN)? {
            // Removed under somebody who has just opened it, an entry is built twice at worst.
            if path != self.folder_lock() {
                remove_unlocked(&path);
            }
        }
        Ok(freed)
    }

    /// Makes room for an entry of `bytes` that becomes `path`; what it replaces does not count.
    ///
    /// # Errors
    /// `StorageFull` where entries in use leave no room.
    pub(super) fn make_room(&self, bytes: u64, max_bytes: u64, path: &Path) -> io::Result<()> {
        let _alone = self
            .lock_folder()?
            .map(|file| file.lock().map(|()| file))
            .transpose()?;
        let room = max_bytes.saturating_sub(bytes);
        match self.evict(room, Some(path))?.left <= room {
            true => Ok(()),
            false => Err(io::Error::new(
                io::ErrorKind::StorageFull,
                format!("entries in use leave no room for {bytes} bytes"),
            )),
        }
    }

    /// A file to write the entry called `name` into, locked for as long as it is open.
    pub(super) fn aside(&self, name: &str) -> io::Result<NamedTempFile> {
        fs::create_dir_all(&self.path)?;
        if let Some(file) = self.lock_folder()?
            && file.try_lock().is_ok()
        {
            self.remove_abandoned();
        }
        let _here = self
            .lock_folder()?
            .map(|file| file.lock_shared().map(|()| file))
            .transpose()?;
        let file = tempfile::Builder::new()
            .prefix(&format!("{name}-"))
            .suffix(&format!(".{ASIDE}"))
            .tempfile_in(&self.path)?;
        // Where nothing can be locked, nothing is removed either.
        let _ = file.as_file().try_lock();
        Ok(file)
    }

    /// The file of the entry called `name`.
    pub(super) fn entry(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.{ENTRY}"))
    }

    /// The file to be locked by whoever builds the entry called `name`.
    pub(super) fn turn(&self, name: &str) -> io::Result<File> {
        fs::create_dir_all(&self.path)?;
        open_lock(&self.path.join(format!("{name}.{TURN}")))
    }

    fn folder_lock(&self) -> PathBuf {
        self.path.join(format!("{FOLDER_LOCK}.{TURN}"))
    }

    /// None where the system has no locks.
    fn lock_folder(&self) -> io::Result<Option<File>> {
        let file = open_lock(&self.folder_lock())?;
        Ok(match file.try_lock_shared() {
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => None,
            Ok(()) => {
                file.unlock()?;
                Some(file)
            }
            Err(_) => Some(file),
        })
    }

    /// Last use, path and size of all entries, the one used longest ago first.
    fn sizes(&self) -> io::Result<Vec<(SystemTime, PathBuf, u64)>> {
        let mut found = Vec::new();
        for path in self.files(ENTRY)? {
            // It may have been removed meanwhile.
            if let Ok(meta) = fs::metadata(&path) {
                found.push((
                    meta.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                    path,
                    meta.len(),
                ));
            }
        }
        found.sort();
        Ok(found)
    }

    fn evict(&self, max_bytes: u64, besides: Option<&Path>) -> io::Result<Freed> {
        let mut entries = self.sizes()?;
        entries.retain(|(_, path, _)| besides != Some(path));
        let mut freed = Freed {
            left: entries.iter().map(|(.., bytes)| bytes).sum(),
            ..Freed::default()
        };
        for (_, path, bytes) in entries {
            if freed.left <= max_bytes {
                break;
            }
            if remove_unlocked(&path) {
                freed.entries += 1;
                freed.bytes += bytes;
                freed.left -= bytes;
            }
        }
        Ok(freed)
    }

    /// Removes files of interrupted runs: nobody holds their locks. The bytes.
    fn remove_abandoned(&self) -> u64 {
        let mut bytes = 0;
        for path in self.files(ASIDE).unwrap_or_default() {
            let size = fs::metadata(&path).map_or(0, |meta| meta.len());
            if remove_unlocked(&path) {
                bytes += size;
            }
        }
        bytes
    }

    fn files(&self, ending: &str) -> io::Result<Vec<PathBuf>> {
        let listed = match fs::read_dir(&self.path) {
            Ok(listed) => listed,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        let mut files = Vec::new();
        for file in listed {
            let path = file?.path();
            if path.extension().is_some_and(|e| e == ending) {
                files.push(path);
            }
        }
        Ok(files)
    }
}

/// Removes a file that nobody has locked; whether it did.
fn remove_unlocked(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock().is_ok() && fs::remove_file(path).is_ok())
}

fn locked(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

fn open_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}
