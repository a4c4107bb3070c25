//! What a table was measured on.

use serde::{Deserialize, Serialize};

/// Processor and program that a table holds for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Machine {
    /// Processor model.
    pub cpu: String,
    /// Instruction sets that the kernels are compiled for and the processor has, as in `avx2 fma`.
    pub instructions: String,
    /// Version of the program whose kernels were measured.
    pub version: String,
}

impl Machine {
    /// This one.
    pub fn current() -> Machine {
        Machine {
            cpu: cpu_model(),
            instructions: instructions().join(" "),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

fn cpu_model() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    match model.and_then(|rest| rest.split_once(':')) {
        Some((_, name)) => name.trim().to_owned(),
        None => std::env::consts::ARCH.to_owned(),
    }
}

#[cfg(target_arch = "x86_64")]
fn instructions() -> Vec<&'static str> {
    [
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
    ]
    .into_iter()
    .filter_map(|(name, present)| present.then_some(name))
    .collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn instructions() -> Vec<&'static str> {
    vec![std::env::consts::ARCH]
}
