//! The verdicts of earlier probes.

use crate::fault::Refusal;
use crate::files::write_atomically;
use crate::machine::Machine;
use crate::probe::ProbeReport;
use crate::search::home_folder;
use neurotrain_plugin_api::abi::{API_MAJOR, API_MINOR, layout};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

const FORMAT: u32 = 1;
// Verdicts of other hosts and machines that share the folder are kept this long.
const KEPT_SECONDS: u64 = 30 * 24 * 3600;

/// Where the program keeps what it can find out again: `NEUROTRAIN_CACHE_DIR`, else `neurotrain` in the user's cache
/// folder; `None` without a home folder.
pub fn cache_folder() -> Option<PathBuf> {
    match std::env::var_os("NEUROTRAIN_CACHE_DIR").filter(|value| !value.is_empty()) {
        Some(folder) => Some(PathBuf::from(folder)),
        None => Some(home_folder("XDG_CACHE_HOME", ".cache")?.join("neurotrain")),
    }
}

/// `registry-1.json` in the [`cache_folder`].
pub fn default_cache_file() -> Option<PathBuf> {
    Some(cache_folder()?.join(format!("registry-{API_MAJOR}.json")))
}

/// What a probe decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    Accepted(Box<ProbeReport>),
    Refused(Refusal),
    Quarantined(Refusal),
}

/// What tells an untouched file without reading it. Any change of the content changes the status-change time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
}

impl Stamp {
    pub(super) fn of(file: &Metadata) -> Self {
        Stamp {
            bytes: file.len(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
            inode: file.ino(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CacheEntry {
    pub(super) path: PathBuf,
    /// The host and machine that probed, see [`host_identity`].
    pub(super) host: String,
    pub(super) stamp: Stamp,
    pub(super) sha256: String,
    /// Seconds since 1970.
    pub(super) probed_at: u64,
    pub(super) verdict: Verdict,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct CacheFile {
    format: u32,
    entries: Vec<CacheEntry>,
}

/// The cache in memory.
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: Vec<CacheEntry>,
    changed: bool,
}

impl Cache {
    /// Reads the file; an absent one is an empty cache. A damaged one, too, with a warning.
    pub(super) fn load(file: &Path) -> (Self, Option<String>) {
        let ignored = |why: String| {
            Some(format!(
                "the plugin cache `{}` is ignored and written anew: {why}",
                file.display()
            ))
        };
        let text = match std::fs::read(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Cache::default(), None),
            Err(error) => return (Cache::default(), ignored(error.to_string())),
        };
        match serde_json::from_slice::<CacheFile>(&text) {
            Ok(content) if content.format == FORMAT => (
                Cache {
                    entries: content.entries,
                    changed: false,
                },
                None,
            ),
            Ok(content) => (
                Cache::default(),
                ignored(format!("format {} instead of {FORMAT}", content.format)),
            ),
            Err(error) => (Cache::default(), ignored(error.to_string())),
        }
    }

    pub(super) fn get(&self, path: &Path, host: &str) -> Option<&CacheEntry> {
        self.entries
            .iter()
            .find(|entry| entry.path == path && entry.host == host)
    }

    pub(super) fn put(&mut self, entry: CacheEntry) {
        self.entries
            .retain(|old| old.path != entry.path || old.host != entry.host);
        self.entries.push(entry);
        self.changed = true;
    }

    /// Writes the file if there is something new, with what another process has added meanwhile.
    pub(super) fn save(mut self, file: &Path, host: &str) -> io::Result<()> {
        if !self.changed {
            return Ok(());
        }
        let (others, _) = Cache::load(file);
        for other in others.entries {
            if self.get(&other.path, &other.host).is_none() {
                self.entries.push(other);
            }
        }
        let now = now();
        self.entries.retain(|entry| {
            entry.path.exists() && (entry.host == host || now.saturating_sub(entry.probed_at) < KEPT_SECONDS)
        });
        self.entries
            .sort_by(|a, b| (&a.path, &a.host).cmp(&(&b.path, &b.host)));
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let content = CacheFile {
            format: FORMAT,
            entries: self.entries,
        };
        write_atomically(file, &serde_json::to_vec_pretty(&content)?)
    }
}

/// Who a verdict holds for: version and layouts of the host, and the kind of machine, since a home folder may
/// be shared by several.
pub(super) fn host_identity(machine: &Machine) -> String {
    let layout: String = Sha256::digest(layout::dump())
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    let glibc = machine
        .glibc
        .map(|glibc| format!(" glibc {glibc}"))
        .unwrap_or_default();
    format!(
        "{version} api {API_MAJOR}.{API_MINOR} layout {layout} {}{glibc}",
        machine.target()
    )
}

pub(super) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
