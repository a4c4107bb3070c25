//! A program whose writes fail as told.

use neurotrain_tests::{Crate, Finished, Program};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The library that lets writes fail, built once for all tests.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| Crate::fixture("disk", "fixture-disk").build());

/// Longest time of a tiny campaign, whatever fails.
const LIMIT: Duration = Duration::from_secs(120);

/// A disk without room.
pub(crate) const FULL: Reason = Reason(28, "No space left on device");
/// A broken disk.
pub(crate) const BROKEN: Reason = Reason(5, "Input/output error");
/// A disk that was mounted for reading only, or has become so.
pub(crate) const READ_ONLY: Reason = Reason(30, "Read-only file system");

/// Why a write fails: the number, and what the system says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reason(i32, pub(crate) &'static str);

/// Which writes fail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault<'a> {
    /// Part of the names of the files that are meant.
    pub(crate) file: &'a str,
    /// The change that fails, from 1; 0 for none.
    pub(crate) at: u64,
    /// Whether later ones fail as well.
    pub(crate) stays: bool,
    /// Why.
    pub(crate) reason: Reason,
}

/// What the library saw.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Changes to the files that are meant.
    pub(crate) changes: u64,
    /// The first that failed, in words; empty if none did.
    pub(crate) failed: String,
}

/// Runs the command; writes below `folder` fail.
pub(crate) fn with_fault(
    host: &Program,
    mut command: Command,
    folder: &Path,
    fault: Fault<'_>,
) -> (Finished, Seen) {
    let report = host.scratch().join("fault-report");
    let _ = std::fs::remove_file(&report);
    command
        .env("LD_PRELOAD", &*LIBRARY)
        .env("FAULT_UNDER", folder)
        .env("FAULT_FILE", fault.file)
        .env("FAULT_AT", fault.at.to_string())
        .env("FAULT_STAYS", u8::from(fault.stays).to_string())
        .env("FAULT_ERRNO", fault.reason.0.to_string())
        .env("FAULT_REPORT", &report);
    let finished = wait(host, command);
    let seen = std::fs::read(&report).expect("the library reports");
    let number = |at: usize| u64::from_le_bytes(seen[at..at + 8].try_into().expect("eight bytes"));
    let words = seen[16..].split(|byte| *byte == 0).next().unwrap_or_default();
    let seen = Seen {
        changes: number(0),
        failed: String::from_utf8_lossy(words).into_owned(),
    };
    (finished, seen)
}

/// Runs the command to its end, which must come.
pub(crate) fn wait(host: &Program, mut command: Command) -> Finished {
    let [out, err] = ["stdout", "stderr"].map(|name| host.scratch().join(name));
    let create = |path: &Path| File::create(path).expect("the scratch folder is writable");
    let mut child = command
        .stdout(create(&out))
        .stderr(create(&err))
        .spawn()
        .expect("the program starts");
    let code = end(&mut child);
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let finished = Finished {
        code: code.unwrap_or(-1),
        stdout: read(&out),
        stderr: read(&err),
    };
    assert!(code.is_some(), "it hangs or was killed: {finished:?}");
    finished
}

fn end(child: &mut Child) -> Option<i32> {
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().expect("its state") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    // Workers end with it.
    let _ = child.kill();
    let _ = child.wait();
    None
}
