//! Names a process so that others on this machine can tell whether it is still alive.

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use std::fs;

/// `BOOT.NAMESPACE.PID.START` of this process; none where the system does not tell.
pub(crate) fn this_process() -> Option<String> {
    let pid = std::process::id();
    let (_, start) = stat(pid)?;
    Some(format!("{}.{pid}.{start}", machine()?))
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
    if test_kill_process(pid) == Err(Errno::SRCH) {
        return true;
    }
    match stat(number) {
        // A process that nobody has waited for yet does nothing more; the number may belong to another one by now.
        Some((state, start)) => matches!(state.as_str(), "Z" | "X") || start != tagged_start,
        None => false,
    }
}

/// This boot of the kernel, and the namespace that process numbers belong to.
fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    let namespace: String = namespace.to_str()?.chars().filter(char::is_ascii_digit).collect();
    Some(format!("{}.{namespace}", boot.trim()))
}

/// The state of a process, and when it started in ticks of the system.
fn stat(pid: u32) -> Option<(String, String)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the state follows it, and 19 fields later the start.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    Some((fields.next()?.to_owned(), fields.nth(18)?.to_owned()))
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
