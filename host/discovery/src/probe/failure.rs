//! How a probe can fail.

use crate::fault::{Identity, Refusal};
use std::io;
use std::path::Path;
use std::time::Duration;

/// Why a probe gave no report.
#[derive(Debug, thiserror::Error)]
pub enum ProbeFailure {
    /// The child opened the file and refused it.
    #[error("{0}")]
    Refused(Refusal),
    /// A signal ended the child.
    #[error("crashed while it was probed: {name}")]
    Crashed {
        /// Number of the signal.
        signal: i32,
        /// Its name and meaning.
        name: String,
        /// The first and last lines it printed.
        output: String,
    },
    /// The child ended without a report.
    #[error("ended the process that probed it, with exit code {code}")]
    Exited {
        /// Its exit code.
        code: i32,
        /// The first and last lines it printed.
        output: String,
    },
    /// The child did not end.
    #[error("hung while it was probed: nothing after {:.1} s", after.as_secs_f64())]
    TimedOut {
        /// How long it was given.
        after: Duration,
        /// The first and last lines it printed.
        output: String,
    },
    /// The child could not be started or watched, which says nothing about the file.
    #[error("could not be probed: {0}")]
    NotProbed(#[source] io::Error),
}

impl ProbeFailure {
    pub(super) fn crashed(signal: i32, output: String) -> Self {
        ProbeFailure::Crashed {
            signal,
            name: signal_name(signal),
            output,
        }
    }

    /// Whether the file is to blame and must not be run again until it changes.
    pub fn quarantines(&self) -> bool {
        !matches!(self, ProbeFailure::Refused(_) | ProbeFailure::NotProbed(_))
    }

    /// As it is listed: what, why, and what to do now.
    pub fn into_refusal(self, file: &Path, plugin: Option<&Identity>) -> Refusal {
        let message = format!("{} {self}", Identity::describe(plugin, file));
        let retry = "it is not run again until the file changes; correct or remove it, or try once more with \
                     `neurotrain plugins list --rescan`";
        let (code, hint, details) = match self {
            ProbeFailure::Refused(refusal) => return refusal,
            ProbeFailure::Crashed { signal, output, .. } => ("crashed", crash_hint(signal, retry), output),
            ProbeFailure::Exited { output, .. } => ("exited", retry.to_owned(), output),
            ProbeFailure::TimedOut { output, .. } => ("timeout", retry.to_owned(), output),
            ProbeFailure::NotProbed(_) => (
                "not-probed",
                "check that programs can be started and the temporary folder be written".to_owned(),
                String::new(),
            ),
        };
        Refusal {
            code: code.to_owned(),
            message,
            hint,
            details,
        }
    }
}

fn crash_hint(signal: i32, retry: &str) -> String {
    match signal {
        libc::SIGILL => format!("it may be built for another processor (`-C target-cpu=native`); {retry}"),
        libc::SIGKILL => format!("the machine may be out of memory; {retry}"),
        libc::SIGBUS => format!("the file may be cut off or on a full disk; {retry}"),
        _ => retry.to_owned(),
    }
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGABRT => "SIGABRT (it aborted, for instance by a panic that crossed the boundary)",
        libc::SIGSEGV => "SIGSEGV (invalid memory access)",
        libc::SIGBUS => "SIGBUS (memory without a file behind it)",
        libc::SIGILL => "SIGILL (an instruction this processor lacks)",
        libc::SIGFPE => "SIGFPE (arithmetic)",
        libc::SIGTRAP => "SIGTRAP (a trap)",
        libc::SIGKILL => "SIGKILL (killed from outside)",
        libc::SIGTERM => "SIGTERM (stopped from outside)",
        libc::SIGSYS => "SIGSYS (a forbidden system call)",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}
