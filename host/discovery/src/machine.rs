//! What this machine can run.

use std::collections::BTreeMap;

/// Architecture, operating system, C library and processor features, as far as they decide whether a plugin
/// can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Architecture, as in `x86_64`.
    pub arch: String,
    /// Operating system, as in `linux`.
    pub os: String,
    /// Version of the running glibc; absent with another C library.
    pub glibc: Option<GlibcVersion>,
    /// Processor features by their names in rustc, and whether they are there.
    pub features: BTreeMap<String, bool>,
}

/// A version of glibc: 2.36 is `GlibcVersion(2, 36, 0)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct GlibcVersion(pub u32, pub u32, pub u32);

impl Machine {
    /// The machine this runs on.
    pub fn current() -> Self {
        Machine {
            arch: std::env::consts::ARCH.to_owned(),
            os: std::env::consts::OS.to_owned(),
            glibc: running_glibc(),
            features: features()
                .into_iter()
                .map(|(name, present)| (name.to_owned(), present))
                .collect(),
        }
    }

    /// Architecture and operating system as descriptors write them: `x86_64-linux`.
    pub fn target(&self) -> String {
        format!("{}-{}", self.arch, self.os)
    }

    /// Those of `wanted` that are known to be missing. A name that cannot be looked up is not counted.
    pub fn missing_features(&self, wanted: &[String]) -> Vec<String> {
        wanted
            .iter()
            .filter(|name| self.features.get(*name) == Some(&false))
            .cloned()
            .collect()
    }
}

impl GlibcVersion {
    /// From the digits of `2.36` or of `GLIBC_2.36`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text
            .strip_prefix("GLIBC_")
            .unwrap_or(text)
            .split('.')
            .map(str::parse);
        let major = parts.next()?.ok()?;
        let minor = parts.next()?.ok()?;
        let patch = parts.next().transpose().ok()?.unwrap_or(0);
        parts
            .next()
            .is_none()
            .then_some(GlibcVersion(major, minor, patch))
    }
}

impl std::fmt::Display for GlibcVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)?;
        if self.2 > 0 {
            write!(f, ".{}", self.2)
        } else {
            Ok(())
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn running_glibc() -> Option<GlibcVersion> {
    // SAFETY: the function takes nothing and returns a static string.
    let text = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    GlibcVersion::parse(text.to_str().ok()?)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn running_glibc() -> Option<GlibcVersion> {
    None
}

macro_rules! detect {
    ($detected:ident: $($name:tt)*) => {
        vec![$(($name, std::arch::$detected!($name))),*]
    };
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<(&'static str, bool)> {
    detect!(is_x86_feature_detected: "sse3" "ssse3" "sse4.1" "sse4.2" "popcnt" "avx" "avx2" "fma" "f16c" "bmi1" "bmi2"
        "lzcnt" "avx512f" "avx512bw" "avx512cd" "avx512dq" "avx512vl" "avx512vnni" "avx512bf16")
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<(&'static str, bool)> {
    detect!(is_aarch64_feature_detected: "neon" "asimd" "fp16" "dotprod" "lse" "sve" "sve2" "bf16" "i8mm")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<(&'static str, bool)> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glibc_versions_compare_by_number() {
        let of = |text| GlibcVersion::parse(text);
        assert_eq!(of("GLIBC_2.2.5"), Some(GlibcVersion(2, 2, 5)));
        assert!(of("2.36") > of("2.9"));
        assert_eq!(of("GLIBC_PRIVATE"), None);
        assert_eq!(of("2"), None);
        assert_eq!(of("2.36").map(|v| v.to_string()).as_deref(), Some("2.36"));
    }

    #[test]
    fn only_features_known_to_be_absent_are_missing() {
        let mut machine = Machine::current();
        machine.features = [("avx2".to_owned(), true), ("avx512f".to_owned(), false)].into();
        let wanted = ["avx2", "avx512f", "sse9"].map(str::to_owned);
        assert_eq!(machine.missing_features(&wanted), ["avx512f"]);
    }

    #[test]
    fn this_machine_is_known() {
        let machine = Machine::current();
        assert!(!machine.target().starts_with('-'));
        if cfg!(all(target_os = "linux", target_env = "gnu")) {
            assert!(machine.glibc > GlibcVersion::parse("2.0"));
        }
    }
}
