//! The parent's side.

use super::failure::ProbeFailure;
use super::output::Output;
use super::report::{Outcome, ProbeReport};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// First argument of the child; the file and the report follow.
pub const PROBE_ARGUMENT: &str = "__probe";

/// Something that can probe a file. The registry is given one, so that it can be tested without children.
pub trait Prober {
    /// Opens `file` somewhere safe and reports.
    ///
    /// # Errors
    /// See [`ProbeFailure`].
    fn probe(&self, file: &Path) -> Result<ProbeReport, ProbeFailure>;
}

/// Probes in children of a program that answers to [`PROBE_ARGUMENT`] with [`run_probe`](super::run_probe).
#[derive(Debug, Clone)]
pub struct ChildProber {
    /// The program, usually this one.
    pub program: PathBuf,
    /// How long a plugin may take to open.
    pub timeout: Duration,
}

impl ChildProber {
    /// Probes with the running program, and ten seconds for each file.
    ///
    /// # Errors
    /// The path of the running program is unknown.
    pub fn of_this_program() -> io::Result<Self> {
        Ok(ChildProber {
            program: std::env::current_exe()?,
            timeout: Duration::from_secs(10),
        })
    }
}

impl Prober for ChildProber {
    fn probe(&self, file: &Path) -> Result<ProbeReport, ProbeFailure> {
        probe_in_child(&self.program, file, self.timeout)
    }
}

/// Starts `program __probe FILE REPORT`, waits at most `timeout`, and reads the report.
///
/// The child's output is captured. It is killed at the time limit, and dies with this process.
///
/// # Errors
/// See [`ProbeFailure`].
pub fn probe_in_child(program: &Path, file: &Path, timeout: Duration) -> Result<ProbeReport, ProbeFailure> {
    let folder = tempfile::tempdir().map_err(ProbeFailure::NotProbed)?;
    let report = folder.path().join("report.json");
    let (mut child, output) = start(program, file, &report).map_err(ProbeFailure::NotProbed)?;
    let status = wait(&mut child, timeout).map_err(ProbeFailure::NotProbed)?;
    let output = output.text();
    let Some(status) = status else {
        return Err(ProbeFailure::TimedOut {
            after: timeout,
            output,
        });
    };
    if let Some(signal) = status.signal() {
        return Err(ProbeFailure::crashed(signal, output));
    }
    let outcome = std::fs::read(&report)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    match outcome {
        Some(Outcome::Accepted(report)) if status.success() => Ok(*report),
        Some(Outcome::Refused(mut refusal)) if status.success() => {
            // A panic that was caught has left its message there.
            if refusal.details.is_empty() {
                refusal.details = output;
            }
            Err(ProbeFailure::Refused(refusal))
        }
        _ => Err(ProbeFailure::Exited {
            code: status.code().unwrap_or(-1),
            output,
        }),
    }
}

fn start(program: &Path, file: &Path, report: &Path) -> io::Result<(Child, Output)> {
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new(program);
    command
        .arg(PROBE_ARGUMENT)
        .args([file, report])
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        // A group of its own, so that the time limit reaches what it starts, too.
        .process_group(0);
    die_with_parent(&mut command);
    let child = command.spawn()?;
    // The command holds the writing ends, without which the pipe would never end.
    drop(command);
    Ok((child, Output::of(reader)))
}

fn die_with_parent(command: &mut Command) {
    let parent = std::process::id();
    // SAFETY: between fork and exec only system calls are made, which are safe there.
    unsafe {
        command.pre_exec(move || {
            let no_core = libc::rlimit {
                rlim_cur: 0,
                rlim_max: 0,
            };
            libc::setrlimit(libc::RLIMIT_CORE, &raw const no_core);
            #[cfg(target_os = "linux")]
            {
                if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
                    return Err(io::Error::last_os_error());
                }
                // The parent may have died before the call above.
                if libc::getppid().cast_unsigned() != parent {
                    return Err(io::Error::from_raw_os_error(libc::ESRCH));
                }
            }
            #[cfg(not(target_os = "linux"))]
            let _ = parent;
            Ok(())
        });
    }
}

// `None` after the time limit, when the child has been killed.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= timeout {
            kill_group(child);
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn kill_group(child: &mut Child) {
    // SAFETY: the child has not been waited for, so its number, which is its group's, is still its own.
    unsafe { libc::kill(-child.id().cast_signed(), libc::SIGKILL) };
    let _ = child.kill();
}
