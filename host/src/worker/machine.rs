//! The machine and the build, for the archive.

use neurotrain_archive::Machine;

/// What is known of this machine.
pub(crate) fn machine(threads: usize) -> Machine {
    Machine {
        cpu: neurotrain_kernels::cost::Machine::current().cpu,
        cores: std::thread::available_parallelism().map_or(0, |n| n.get() as u64),
        threads: threads as u64,
        os: os_name(),
        rustc: env!("NEUROTRAIN_RUSTC").to_owned(),
        target: env!("NEUROTRAIN_TARGET").to_owned(),
        features: features(),
    }
}

/// Commit the program was built from, if known.
pub(super) fn commit() -> String {
    env!("NEUROTRAIN_COMMIT").to_owned()
}

/// The most memory this process had at once, in bytes, where the system tells.
pub(crate) fn peak_resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim()
        .trim_end_matches("kB")
        .trim()
        .parse::<u64>()
        .ok()
        .map(|kilobytes| kilobytes * 1024)
}

fn os_name() -> String {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{} {}", std::env::consts::OS, kernel.trim())
        .trim_end()
        .to_owned()
}

fn features() -> Vec<String> {
    let mut features = Vec::new();
    #[cfg(target_arch = "x86_64")]
    for (name, present) in [
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ] {
        if present {
            features.push(name.to_owned());
        }
    }
    for (name, enabled) in [
        ("build:cuda", cfg!(feature = "cuda")),
        ("build:metal", cfg!(feature = "metal")),
        ("build:mkl", cfg!(feature = "mkl")),
    ] {
        if enabled {
            features.push(name.to_owned());
        }
    }
    features
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn linux_tells_the_peak() {
        assert!(super::peak_resident_bytes().is_some_and(|bytes| bytes > 1 << 20));
    }
}
