//! One file on the search path, and its verdict.

use crate::descriptor::{ComponentKey, PluginDescriptor};
use crate::fault::{Identity, Refusal};
use crate::search::Origin;
use neurotrain_plugin_api::PluginManifest;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A file on the search path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PluginEntry {
    /// The file.
    pub path: PathBuf,
    /// Why it was looked at.
    pub origin: Origin,
    /// Its place on the search path, an index.
    pub place: usize,
    /// Whether it can be used.
    pub status: Status,
    /// Which plugin it is, where that could be read.
    pub identity: Option<Identity>,
    /// The descriptor; absent where the file was refused for it.
    pub descriptor: Option<PluginDescriptor>,
    /// The manifest of a usable plugin.
    pub manifest: Option<PluginManifest>,
    /// SHA-256 of the file, hexadecimal; absent where it was refused before anything depended on its content.
    pub sha256: Option<String>,
    /// Its size.
    pub bytes: u64,
    /// When it was probed, in seconds since 1970; absent where it never was.
    pub probed_at: Option<u64>,
    /// Microseconds it took to open when it was probed.
    pub open_micros: Option<u64>,
    /// Whether the verdict comes from the cache.
    pub cached: bool,
}

/// Whether a file can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict", content = "reason")]
pub enum Status {
    /// It can.
    Ok,
    /// It cannot, for a reason that could be told.
    Refused(Refusal),
    /// It crashed or hung when probed; it is not run again until the file changes.
    Quarantined(Refusal),
}

impl Status {
    /// Why not.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Status::Ok => None,
            Status::Refused(refusal) | Status::Quarantined(refusal) => Some(refusal),
        }
    }
}

impl PluginEntry {
    /// Whether it can be used.
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }

    /// Whether it is no plugin and was met only because a folder holds it.
    pub fn is_foreign(&self) -> bool {
        let code = self.status.refusal().map(|refusal| refusal.code.as_str());
        code == Some("not-a-plugin") && self.origin != Origin::CommandLine
    }
}

/// A component that is not used because a file earlier on the search path offers the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shadowed {
    /// Kind and key.
    pub component: ComponentKey,
    /// The file that is used.
    pub used: PathBuf,
    /// The file that is not.
    pub ignored: PathBuf,
    /// Whether both files are the same to the byte.
    pub identical: bool,
}

/// A file that is reached more than once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Duplicate {
    /// The later way to it.
    pub path: PathBuf,
    /// Place of the later way on the search path.
    pub place: usize,
}
