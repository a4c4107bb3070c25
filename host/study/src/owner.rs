//! Names a process so that others on this machine can tell whether it is still alive.

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use std::fs;

/// `BOOT.NAMESPACE.PID.START` of this process; none where the system does not tell.
pub(crate) fn this_process() -> Option<String> {
    let pid = std::process::id();
    Some(format!("{}.{pid}.{}", machine()?, start(pid)?))
}

/// Whether `tag` names a process of this boot of this machine that has ended. Unsure means no.
pub(crate) fn is_dead(tag: &str) -> bool {
    let Some((machine_pid, tagged_start)) = tag.rsplit_once('.') else {
        return false;
    };
    let Some((tagged_machine, pid)) = machine_pid.rsplit_once('.') else {
        return false;
    };
    if machine().is_none_or(|machine| machine != tagged_machine) {
        return false;
    }
    let Some((number, pid)) = pid
        .parse::<u32>()
        .ok()
        .and_then(|n| Some((n, Pid::from_raw(n.try_into().ok()?)?)))
    else {
        return false;
    };
    // The process may have ended and left its number to another one.
    test_kill_process(pid) == Err(Errno::SRCH) || start(number).is_some_and(|start| start != tagged_start)
}

/// This boot of the kernel, and the namespace that process numbers belong to.
fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    let namespace: String = namespace.to_str()?.chars().filter(char::is_ascii_digit).collect();
    Some(format!("{}.{namespace}", boot.trim()))
}

/// When a process started, in ticks of the system.
fn start(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the 20th field after it is the start.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_and_the_unknown_are_not_dead() {
        let Some(tag) = this_process() else { return };
        assert!(!is_dead(&tag));
        assert!(!is_dead("elsewhere.1.2.3"));
        assert!(!is_dead(""));
        let (before, _) = tag.rsplit_once('.').unwrap_or_default();
        assert!(is_dead(&format!("{before}.1")), "same number, another start");
    }
}
