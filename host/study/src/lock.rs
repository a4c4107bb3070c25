//! Optuna's lock of a journal: a symbolic link `FILE.lock`, made by whoever writes.

use crate::owner;
use neurotrain_plugin_api::{Error, Result};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// A lock that nothing changes for so long belongs to nobody.
const ABANDONED: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// The held lock; dropping it lets the next one in.
pub(crate) struct Lock {
    link: PathBuf,
    /// The link to the journal whose name says who holds the lock. Optuna follows it to the time of the last change.
    owner: Option<PathBuf>,
}

impl Lock {
    /// Waits for the lock of `journal`, an absolute path.
    pub(crate) fn acquire(journal: &Path, file: &File) -> Result<Self> {
        let link = with_suffix(journal, ".lock");
        let owner = owner::this_process().map(|tag| own_name(&link, &tag));
        if let Some(owner) = &owner {
            make_link(journal, owner).map_err(|e| unusable(&link, &e))?;
        }
        let made = wait(owner.as_deref().unwrap_or(journal), &link, file);
        if made.is_err()
            && let Some(owner) = &owner
        {
            let _ = fs::remove_file(owner);
        }
        made.map(|()| Lock { link, owner })
    }

    /// Removes what killed processes left beside the journal.
    pub(crate) fn sweep(&self) {
        let folder = self.link.parent().and_then(|folder| fs::read_dir(folder).ok());
        for entry in folder.into_iter().flatten().flatten() {
            let path = entry.path();
            if tag(&path, &self.link).is_some_and(owner::is_dead) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn wait(target: &Path, link: &Path, file: &File) -> Result<()> {
    let mut pause = Duration::from_millis(1);
    let mut seen = (Identity::default(), Instant::now());
    loop {
        match make_link(target, link) {
            Ok(()) => return Ok(()),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(unusable(link, &e)),
        }
        let identity = Identity::of(link, file);
        if identity != seen.0 {
            seen = (identity, Instant::now());
        }
        let is_abandoned = seen.1.elapsed() > ABANDONED || seen.0.is_of_dead_process(link);
        if is_abandoned && take_away(link, file, &seen.0).map_err(|e| unusable(link, &e))? {
            continue;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whoever took the lock away from us has put another in its place.
        let is_ours = match &self.owner {
            Some(owner) => fs::read_link(&self.link).is_ok_and(|target| target == *owner),
            None => true,
        };
        if is_ours {
            // A lock that stays is taken away once it is abandoned.
            let _ = remove(&self.link);
        }
        if let Some(owner) = &self.owner {
            let _ = fs::remove_file(owner);
        }
    }
}

/// What changes when a lock changes hands or its holder writes.
#[derive(Debug, Default, PartialEq)]
struct Identity {
    made: Option<SystemTime>,
    target: Option<PathBuf>,
    written: Option<SystemTime>,
}

impl Identity {
    fn of(link: &Path, file: &File) -> Self {
        Identity {
            made: fs::symlink_metadata(link).and_then(|m| m.modified()).ok(),
            target: fs::read_link(link).ok(),
            written: file.metadata().and_then(|m| m.modified()).ok(),
        }
    }

    fn is_of_dead_process(&self, link: &Path) -> bool {
        let tag = self.target.as_deref().and_then(|target| tag(target, link));
        tag.is_some_and(owner::is_dead)
    }
}

/// The process in the name of a link beside the lock, `FILE.lock.TAG.COUNT`.
fn tag<'a>(owner: &'a Path, link: &Path) -> Option<&'a str> {
    let name = owner.to_str()?.strip_prefix(link.to_str()?)?.strip_prefix('.')?;
    name.rsplit_once('.').map(|(tag, _)| tag)
}

/// Removes an abandoned lock, one process at a time, unless it has changed meanwhile.
fn take_away(link: &Path, file: &File, seen: &Identity) -> std::io::Result<bool> {
    if file.try_lock().is_err() {
        return Ok(false);
    }
    let is_same = Identity::of(link, file) == *seen;
    if is_same {
        let removed = remove(link);
        if removed.is_err() {
            let _ = file.unlock();
        }
        removed?;
        if let Some(owner) = seen
            .target
            .as_deref()
            .filter(|target| tag(target, link).is_some())
        {
            let _ = fs::remove_file(owner);
        }
    }
    let _ = file.unlock();
    Ok(is_same)
}

/// Optuna's way of removing: under another name first, so that no two processes remove two locks. A disk that cannot
/// rename may still be able to remove.
fn remove(link: &Path) -> std::io::Result<()> {
    let aside = match owner::this_process() {
        // A name that `sweep` knows.
        Some(tag) => own_name(link, &tag),
        None => with_suffix(link, &format!("{}-{}.rename", std::process::id(), next())),
    };
    match fs::rename(link, &aside) {
        Ok(()) => fs::remove_file(aside),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(_) => fs::remove_file(link),
    }
}

/// A name beside the lock that nobody else uses.
fn own_name(link: &Path, tag: &str) -> PathBuf {
    with_suffix(link, &format!(".{tag}.{}", next()))
}

fn next() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn make_link(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

fn unusable(link: &Path, error: &std::io::Error) -> Error {
    Error::new("io", format!("cannot make the lock {}: {error}", link.display()))
        .with_hint("the folder of a study must be writable and allow symbolic links")
}
