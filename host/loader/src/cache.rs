//! Frames of recordings kept between runs: decoded and framed once, then mapped into memory.
//!
//! An entry is one file: the frames of one split of one data set, made in one way. Its name is a digest of all that
//! decides them ([`key`]). It is written aside and renamed when it is whole, so that whoever opens an entry sees a
//! finished one; who uses it holds a shared lock on it, and who makes room leaves locked files alone.

mod build;
mod entry;
mod folder;
mod format;
mod key;
mod sample;
mod writer;

pub use folder::{CacheFolder, CachedEntry, Freed};

pub(crate) use build::open_or_build;
pub(crate) use entry::Entry;
pub(crate) use key::Key;

use std::path::PathBuf;

/// Bytes that the cache may take unless the user says otherwise.
pub const DEFAULT_CACHE_BYTES: u64 = 8 << 30;

/// Where frames are kept, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameCache {
    /// The folder; it is made when it is needed.
    pub folder: PathBuf,
    /// Bytes that all entries together may take.
    pub max_bytes: u64,
    /// The data set's key, for names of entries.
    pub dataset: String,
    /// What decides what the data set decodes, beside what it says about itself: plugin and parameters.
    pub identity: String,
}

#[cfg(test)]
mod tests;
