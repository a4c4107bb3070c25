//! How memory is kept and copied.

use std::process::Command;

/// What libraries read at their start only.
const TUNABLES: [(&str, &str); 3] = [
    // Where the C library is glibc: copies by vector instructions at any size. Its `rep movsb` copies blocks of 4 to 64 KiB,
    // the size of most per-step tensors, at 3 instead of 90 GB/s on some processors (AMD Zen 3), and gains nothing
    // elsewhere.
    ("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=0x7fffffffff"),
    // The allocator's gigabyte of addresses is not counted as data of the process, whose limit would be reached at once,
    // before it is used.
    ("MIMALLOC_ARENA_EAGER_COMMIT", "0"),
    // Milliseconds that freed memory is kept for: longer than a step of a large network, which would find its memory gone
    // and take it anew, page by page.
    ("MIMALLOC_PURGE_DELAY", "10000"),
];

/// Gives a process that is to be started what it reads at its start only; a user's own settings stay.
pub(crate) fn tune(command: &mut Command) -> &mut Command {
    for (name, value) in TUNABLES {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    command
}

/// Keeps what C libraries and plugins have freed for their next allocation, for a process that goes through the same sizes
/// again and again.
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
