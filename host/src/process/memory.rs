//! How memory is kept and copied.

use std::process::Command;

/// Where the C library is glibc: copies by vector instructions at any size. Its `rep movsb` copies blocks of 4 to 64 KiB, the
/// size of most per-step tensors, at 3 instead of 90 GB/s on some processors (AMD Zen 3), and gains nothing elsewhere.
const TUNABLES: (&str, &str) = ("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=0x7fffffffff");

/// Gives a process that is to be started what the C library reads at its start only; a user's own setting stays.
pub(crate) fn tune(command: &mut Command) -> &mut Command {
    let (name, value) = TUNABLES;
    if std::env::var_os(name).is_none() {
        command.env(name, value);
    }
    command
}

/// Keeps freed memory for the next allocation, for a process that goes through the same sizes again and again.
///
/// glibc maps every large block afresh and returns it when it is freed, so a training step would spend much of its time
/// on page faults. Call it at the start of a process that trains, before it has threads.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn keep_freed_memory() {
    let options = [
        (libc::M_MMAP_MAX, 0),
        // The heaps of other threads are unmapped whenever they are empty, whatever the threshold.
        (libc::M_ARENA_MAX, 1),
        (libc::M_TRIM_THRESHOLD, i32::MAX),
        (libc::M_TOP_PAD, 64 << 20),
    ];
    for (option, value) in options {
        // SAFETY: `mallopt` only sets tuning values of the allocator; it may be called at any time.
        if unsafe { libc::mallopt(option, value) } == 0 {
            tracing::debug!("the allocator refused option {option} = {value}");
        }
    }
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn keep_freed_memory() {}
