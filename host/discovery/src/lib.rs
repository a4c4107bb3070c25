//! Finding plugins, judging them without running them, probing them in a child process, and opening them.
//!
//! A file becomes a plugin in steps, each of which can refuse it with a reason and a way out ([`Fault`]):
//!
//! 1. [`SearchOptions::search_path`]: where files are looked for.
//! 2. [`read_descriptor`]: the descriptor is read from the file, and compared with this host and machine. No
//!    code of the file has run.
//! 3. [`probe_in_child`]: a child process opens it ([`open_module`]), compares the layouts, and checks what the
//!    manifest says. A crash or a hang ends the child alone.
//! 4. [`Registry`]: the verdicts, cached until the file changes.

mod descriptor;
mod fault;
mod files;
mod image;
mod layout_check;
mod machine;
mod manifest;
mod open;
mod probe;
mod registry;
pub mod render;
mod search;

pub use descriptor::{ComponentKey, PluginDescriptor, read_descriptor};
pub use fault::{Fault, Identity, PluginError, Refusal};
pub use machine::{GlibcVersion, Machine};
pub use open::{OpenPlugin, open_module};
pub use probe::{ChildProber, PROBE_ARGUMENT, ProbeFailure, ProbeReport, Prober, probe_in_child, run_probe};
pub use registry::{
    Duplicate, Found, LookupError, PluginEntry, Registry, ScanOptions, Shadowed, Status, cache_folder,
    default_cache_file, nearest,
};
pub use search::{Origin, PlaceState, SearchEntry, SearchOptions};
