//! The plugins there are: scanned, judged, cached, and looked up by key.

mod cache;
mod entry;
mod lookup;
mod scan;

pub use cache::{cache_folder, default_cache_file};
pub use entry::{Duplicate, PluginEntry, Shadowed, Status};
pub use lookup::{Found, LookupError, nearest};
pub use scan::{Registry, ScanOptions};
