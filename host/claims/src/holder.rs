//! Who holds a claim.

use rustix::process::{Pid, getpid};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Version of the format.
const FORMAT: u32 = 1;

/// A process that holds a claim: the content of the claim's file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// Version of this format.
    pub format: u32,
    /// The job.
    pub key: String,
    /// Different for any two claims ever made.
    pub token: String,
    /// Name of the machine.
    pub host: String,
    /// Process id there.
    pub pid: i32,
    /// Kernel's start time of the process, in its ticks.
    pub process_started: Option<u64>,
    /// Different for every start of every machine.
    pub boot: Option<String>,
    /// The name space in which the process id counts; containers have their own.
    pub pid_namespace: Option<String>,
    /// What the process is called by whatever started it: `slurm 17_3`.
    pub worker: String,
    /// When it took the job, ISO 8601 in UTC.
    pub created: String,
    /// It renews its claim at least so often, in seconds.
    pub timeout_seconds: f64,
}

impl Holder {
    /// This process, about to take the job `key`.
    pub(crate) fn this(key: &str, worker: &str, timeout: Duration) -> Self {
        let pid = getpid().as_raw_pid();
        Holder {
            format: FORMAT,
            key: key.to_owned(),
            token: unique_name(),
            host: host_name(),
            pid,
            process_started: started(pid),
            pid_namespace: pid_namespace(),
            worker: worker.to_owned(),
            created: OffsetDateTime::now_utc()
                .replace_nanosecond(0)
                .ok()
                .and_then(|now| now.format(&Rfc3339).ok())
                .unwrap_or_default(),
            timeout_seconds: timeout.as_secs_f64(),
            boot: boot(),
        }
    }

    /// Whether it was a process that this one can see, and is no more.
    pub fn is_dead(&self) -> bool {
        let here = self.boot.is_some()
            && self.boot == boot()
            && self.pid_namespace.is_some()
            && self.pid_namespace == pid_namespace();
        here && self.process_started.is_some() && started(self.pid) != self.process_started
    }

    /// `node7 (process 4711, slurm 17_3) since 2026-01-31T12:00:00Z`.
    pub fn described(&self) -> String {
        let worker = if self.worker.is_empty() {
            String::new()
        } else {
            format!(", {}", self.worker)
        };
        format!(
            "{} (process {}{worker}) since {}",
            self.host, self.pid, self.created
        )
    }

    /// How often it promised to renew the claim.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.timeout_seconds).ok()
    }
}

/// A name that no other call, process or machine makes, fit for a file: `node7-1c4ba2e7-4711-18c2f0a1b2c3d4e5-0`.
pub fn unique_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    // Machines may share a name; they do not share the id of their start.
    let boot: String = boot().unwrap_or_default().chars().take(8).collect();
    let host: String = host_name()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let pid = getpid().as_raw_pid();
    format!("{host}-{boot}-{pid}-{now:x}-{count}")
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}

fn boot() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned()).filter(|id| !id.is_empty())
}

fn pid_namespace() -> Option<String> {
    let link = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(link.to_string_lossy().into_owned())
}

/// When process `pid` was started; none when there is no such process, or only its body, or no way to know.
fn started(pid: i32) -> Option<u64> {
    Pid::from_raw(pid)?;
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    // The command's name stands in parentheses and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let dead = matches!(fields.first(), Some(&("Z" | "X")));
    fields.get(19).filter(|_| !dead)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_process_is_known_by_more_than_its_number() {
        let me = Holder::this("k", "w", Duration::from_secs(60));
        assert!(!me.is_dead());
        let other = Holder::this("k", "w", Duration::from_secs(60));
        assert_ne!(me.token, other.token);
        let recycled = Holder {
            process_started: me.process_started.map(|t| t + 1),
            ..me.clone()
        };
        assert!(recycled.is_dead());
        // Another machine, container or start of the machine: nothing can be said.
        let elsewhere = Holder {
            boot: Some("other".to_owned()),
            ..recycled.clone()
        };
        assert!(!elsewhere.is_dead());
        let contained = Holder {
            pid_namespace: None,
            ..recycled
        };
        assert!(!contained.is_dead());
    }

    #[test]
    fn a_process_that_ended_is_dead_even_before_it_is_waited_for() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let holder = Holder {
            pid,
            process_started: started(pid),
            ..Holder::this("k", "", Duration::from_secs(60))
        };
        assert!(!holder.is_dead());
        child.kill().unwrap();
        while std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| !s.contains(") Z ")) {
            std::thread::yield_now();
        }
        assert!(holder.is_dead());
        child.wait().unwrap();
        assert!(holder.is_dead());
    }
}
