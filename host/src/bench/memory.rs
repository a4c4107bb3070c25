//! Memory of this process.

use crate::worker::machine::peak_resident_bytes;

/// Resident memory at some moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resident(Option<u64>);

impl Resident {
    /// What this process has now, where the system tells. Its peak starts again from here, where the system lets it.
    pub(super) fn now() -> Self {
        // Without it, what was freed before would count as growth.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|text| text.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        Resident(kilobytes.map(|k| k * 1024))
    }

    /// By how much the most that this process had since then is above it.
    pub(super) fn growth(self) -> Option<u64> {
        Some(peak_resident_bytes()?.saturating_sub(self.0?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_touched_counts() {
        let before = Resident::now();
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        assert!(before.growth().is_some_and(|bytes| bytes >= 60 << 20));
        drop(block);
    }
}
