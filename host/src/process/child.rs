//! Starting this program again as a child.

use super::channel::{Receiver, Sender};
use super::memory::tune;
use neurotrain_plugin_api::{Error, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};

/// How a child is started.
#[derive(Debug)]
pub(crate) struct Launch {
    /// The hidden command, for instance `__worker`.
    pub(crate) verb: &'static str,
    /// Its arguments.
    pub(crate) args: Vec<OsString>,
    /// Threads it may use.
    pub(crate) threads: usize,
    /// Where its standard output and error go; thrown away when absent.
    pub(crate) output: Option<File>,
    /// Its log filter.
    pub(crate) log_filter: String,
}

/// A running child in a process group of its own.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
}

impl Launch {
    /// Starts the child and returns it with both halves of its channel.
    ///
    /// Call it on a thread that outlives the child: the kernel ends the child with the thread that
    /// started it.
    pub(crate) fn start<Out: Serialize, In: DeserializeOwned>(
        self,
    ) -> Result<(Child, Sender<Out>, Receiver<In>)> {
        let program = std::env::current_exe()
            .map_err(|e| Error::from(e).context("the path of this program is not known"))?;
        let (ours, theirs) = UnixStream::pair()?;
        let (stdout, stderr) = match self.output {
            Some(file) => (Stdio::from(file.try_clone()?), Stdio::from(file)),
            None => (Stdio::null(), Stdio::null()),
        };
        let process = tune(&mut Command::new(&program))
            .arg(self.verb)
            .args(&self.args)
            // Candle's own pool spins; a run's threads are rayon's. Both read the environment once.
            .env("CANDLE_NUM_THREADS", "1")
            .env("RAYON_NUM_THREADS", self.threads.to_string())
            .env("RUST_LOG", self.log_filter)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(stdout)
            .stderr(stderr)
            // Ctrl-C at the terminal reaches the supervisor alone, which decides what its children do.
            .process_group(0)
            .spawn()
            .map_err(|e| Error::from(e).context(format!("{} did not start", program.display())))?;
        Ok((
            Child { process },
            Sender::new(ours.try_clone()?),
            Receiver::new(ours),
        ))
    }
}

impl Child {
    /// Its process id, which is also the id of its process group.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits for its end, then ends whatever it left running.
    pub(crate) fn wait(mut self) -> Result<ExitStatus> {
        let status = self.process.wait()?;
        kill_group(self.id());
        Ok(status)
    }
}

/// Kills the process group of child `id`.
pub(crate) fn kill_group(id: u32) {
    if let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // The group may already be empty.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

/// Called by a child at its start: it ends with its parent.
#[cfg(target_os = "linux")]
pub(crate) fn end_with_parent() {
    let parent = rustix::process::getppid();
    if let Err(e) = rustix::process::set_parent_process_death_signal(Some(Signal::KILL)) {
        tracing::warn!("this process will not end with its parent: {e}");
    }
    // The parent may have ended before the request.
    if rustix::process::getppid() != parent {
        std::process::exit(1);
    }
}

/// Called by a child at its start; the closed channel has to do here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn end_with_parent() {}
