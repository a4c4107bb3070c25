//! Opening a plugin for the first time in a child process, so that a crash or a hang costs nothing.

mod child;
mod failure;
mod output;
mod parent;
mod report;

pub use child::run_probe;
pub use failure::ProbeFailure;
pub use parent::{ChildProber, PROBE_ARGUMENT, Prober, probe_in_child};
pub use report::ProbeReport;

pub(crate) use report::sha256_of;
