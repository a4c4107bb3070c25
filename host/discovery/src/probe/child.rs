//! The child's side.

use super::report::{Outcome, ProbeReport, sha256_of};
use crate::files::write_atomically;
use crate::open::open_module;
use neurotrain_plugin_api::abi::{API_MAJOR, API_MINOR};
use std::io;
use std::path::Path;
use std::time::Instant;

/// Opens `file` and writes what was found to `report`; for the child process that
/// [`probe_in_child`](super::probe_in_child) starts.
///
/// A refusal is a report, too. The file may write to standard output, crash, hang or exit: so the report is a
/// file, and its absence says enough.
///
/// # Errors
/// The file cannot be hashed, or the report not be written.
pub fn run_probe(file: &Path, report: &Path) -> io::Result<()> {
    // Before the code of the file runs, which could change it.
    let sha256 = sha256_of(file)?;
    let start = Instant::now();
    let outcome = match open_module(file) {
        Ok(plugin) => Outcome::Accepted(Box::new(ProbeReport {
            descriptor: plugin.descriptor,
            manifest: plugin.manifest,
            sha256,
            layout_checked_by: format!("{API_MAJOR}.{API_MINOR}"),
            open_micros: u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX),
        })),
        Err(error) => Outcome::Refused(error.into()),
    };
    write_atomically(report, &serde_json::to_vec(&outcome)?)
}
