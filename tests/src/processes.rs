//! Running processes, seen from outside.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Ids of the running children of process `parent` whose command line contains `word` (Linux).
pub fn children_of(parent: u32, word: &str) -> Vec<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let ids = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| parent_of(*id) == Some(parent) && command_line(*id).contains(word))
        .collect()
}

/// Sends a signal, for instance `INT`.
///
/// # Panics
/// When `kill` cannot be started.
pub fn send_signal(id: u32, signal: &str) {
    Command::new("kill")
        .args([format!("-{signal}"), id.to_string()])
        .status()
        .expect("`kill` starts");
}

/// Waits until `ready` gives something, for at most two minutes.
///
/// # Panics
/// When it does not, naming `what` was waited for.
pub fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(
            start.elapsed() < Duration::from_secs(120),
            "waited in vain for {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn parent_of(id: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(Path::new("/proc").join(id.to_string()).join("stat")).ok()?;
    // The command's name stands in parentheses and may hold anything.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn command_line(id: u32) -> String {
    let bytes = std::fs::read(Path::new("/proc").join(id.to_string()).join("cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}
