//! Real plugins, sound and broken: judged, probed, opened and listed.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../../../tests/fixtures/abi/support.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with other tests, which use other parts"
)]
mod support;

mod compatibility;
mod descriptors;
mod mutants;
mod probing;
mod registry;
mod texts;

use neurotrain_discovery::ChildProber;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The program that children run.
const PROGRAM: &str = env!("CARGO_BIN_EXE_discovery-probe");

/// A prober that waits longer than any sound plugin needs.
fn patient() -> ChildProber {
    ChildProber {
        program: PROGRAM.into(),
        timeout: Duration::from_secs(120),
    }
}

/// Copies a file into a folder under a name.
fn copy(file: &Path, folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::copy(file, &path).unwrap();
    path
}
