//! One side of a case, in a process of its own.

use crate::arguments::Arguments;
use crate::cases::{Case, Peer};
use neurotrain_tests::{Program, workspace_root};
use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// What one side needed; fields are absent where it did not tell.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Figures {
    /// Milliseconds per batch.
    pub(crate) ms: Option<f64>,
    /// Bytes of training state; the host alone counts them.
    pub(crate) state_bytes: Option<f64>,
    /// Bytes by which the process grew.
    pub(crate) growth_bytes: Option<f64>,
    /// Version, where it is a library.
    pub(crate) version: Option<String>,
    /// Why there is nothing.
    pub(crate) reason: Option<String>,
}

impl Figures {
    fn absent(reason: impl Into<String>) -> Self {
        Figures {
            reason: Some(reason.into()),
            ..Figures::default()
        }
    }

    pub(crate) fn failed(&self) -> bool {
        self.reason.is_some()
    }

    /// Keeps the lesser time and memory of two rounds.
    pub(crate) fn improve(&mut self, other: Figures) {
        let least = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.ms = least(self.ms, other.ms);
        self.state_bytes = least(self.state_bytes, other.state_bytes);
        self.growth_bytes = least(self.growth_bytes, other.growth_bytes);
        self.version = self.version.take().or(other.version);
        self.reason = if self.ms.is_some() { None } else { other.reason };
    }
}

/// This host.
pub(crate) fn ours(host: &Program, case: &Case, args: &Arguments) -> Figures {
    let mut command = host.command();
    command.arg("bench").args(&case.ours);
    if case.ours.first().is_some_and(|verb| verb != "load") {
        command.arg("--no-roofline");
    }
    command.args(["--json", "--threads", &args.threads.to_string()]);
    command.args(["--seconds", &(args.seconds.min(3.0)).to_string()]);
    let output = match command.output() {
        Ok(output) => output,
        Err(e) => return Figures::absent(format!("it does not start: {e}")),
    };
    let Ok(all) = serde_json::from_slice::<Value>(&output.stdout) else {
        return Figures::absent(last_line(&output));
    };
    if let Some(reason) = all["skipped"][0]["reason"].as_str() {
        return Figures::absent(reason);
    }
    let load = &all["load"][0];
    if let (Some(rate), Some(batch)) = (load["samples_per_second"].as_f64(), load["batch"].as_f64()) {
        return Figures {
            ms: Some(1e3 * batch / rate),
            ..Figures::default()
        };
    }
    let row = &all["steps"][0];
    match row["ms_per_batch"].as_f64() {
        Some(ms) => Figures {
            ms: Some(ms),
            state_bytes: row["peak_training_bytes"].as_f64(),
            growth_bytes: row["resident_growth_bytes"].as_f64(),
            ..Figures::default()
        },
        None => Figures::absent(last_line(&output)),
    }
}

/// The peer.
pub(crate) fn peer(python: &Path, case: &Case, args: &Arguments) -> Figures {
    let scripts = workspace_root().join("tests").join("peers");
    let mut command = Command::new(python);
    command
        .current_dir(&scripts)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(case.script())
        .args(&case.theirs)
        .args(["--threads", &args.threads.to_string()])
        .args(["--seconds", &args.seconds.to_string()]);
    if let (Peer::Reference, Some(reference)) = (case.peer, &args.reference) {
        command.arg("--reference").arg(reference);
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(e) => return Figures::absent(format!("{} does not start: {e}", python.display())),
    };
    let row: Value = match serde_json::from_slice(&output.stdout) {
        Ok(row) if output.status.success() => row,
        _ => return Figures::absent(last_line(&output)),
    };
    Figures {
        ms: row["ms_per_batch"].as_f64(),
        state_bytes: None,
        growth_bytes: row["peak_mb"].as_f64().map(|mb| mb * 1024.0 * 1024.0),
        version: row["version"].as_str().map(str::to_owned),
        reason: None,
    }
}

fn last_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    last.unwrap_or("it said nothing").trim().to_owned()
}
