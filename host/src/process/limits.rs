//! Memory of children: what they take, what they may take, and what the system did about it.

/// Bytes of memory that `process` has to itself; none if it is gone, or the system does not tell. Pages of mapped files,
/// such as kept frames of recordings, are not counted: the system takes them back when it needs room.
#[cfg(target_os = "linux")]
pub(crate) fn resident_bytes(process: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
    let mut pages = text.split(' ').skip(1).map(str::parse::<u64>);
    let (resident, shared) = (pages.next()?.ok()?, pages.next()?.ok()?);
    Some(resident.saturating_sub(shared) * rustix::param::page_size() as u64)
}

/// Lets allocations of `process` fail somewhat above `bytes`, for what grows faster than it is watched.
#[cfg(target_os = "linux")]
pub(crate) fn limit_memory(process: u32, bytes: u64) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let bytes = bytes.saturating_add(bytes / 8);
    let limit = Rlimit {
        current: Some(bytes),
        maximum: Some(bytes),
    };
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else {
        return;
    };
    if let Err(e) = prlimit(Some(pid), Resource::Data, limit) {
        tracing::debug!("no limit could be set for process {process}: {e}");
    }
}

/// How many processes the system has killed because memory ran out, in this control group and on the machine.
#[cfg(target_os = "linux")]
pub(crate) fn oom_kills() -> u64 {
    let count = |path: &str| -> u64 {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        line.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
    };
    count("/proc/vmstat") + count("/sys/fs/cgroup/memory.events")
}

/// Not known here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn resident_bytes(_process: u32) -> Option<u64> {
    None
}

/// Not done here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn limit_memory(_process: u32, _bytes: u64) {}

/// Not known here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn oom_kills() -> u64 {
    0
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_this_process_is_seen() {
        let used = resident_bytes(std::process::id()).unwrap();
        assert!((1 << 18..1 << 36).contains(&used), "{used}");
        assert_eq!(resident_bytes(u32::MAX), None);
    }
}
