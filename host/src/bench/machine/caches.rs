//! Sizes of the caches.

use serde::Serialize;
use std::path::Path;

/// Bytes of data caches that a core sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Caches {
    pub(crate) l1: usize,
    pub(crate) l2: usize,
    pub(crate) l3: usize,
}

impl Caches {
    /// What Linux says, else common sizes.
    pub(crate) fn of_this_machine() -> Self {
        let size = |level: &str| read(Path::new("/sys/devices/system/cpu/cpu0/cache"), level);
        Caches {
            l1: size("1").unwrap_or(32 << 10),
            l2: size("2").unwrap_or(512 << 10),
            l3: size("3").unwrap_or(16 << 20),
        }
    }
}

fn read(folder: &Path, level: &str) -> Option<usize> {
    let text = |index: usize, file: &str| {
        let path = folder.join(format!("index{index}")).join(file);
        Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
    };
    (0..8)
        .filter(|i| text(*i, "level").is_some_and(|l| l == level))
        .filter(|i| text(*i, "type").is_some_and(|t| t != "Instruction"))
        .find_map(|i| bytes(&text(i, "size")?))
}

/// `32K`, `1M` or a plain number.
fn bytes(text: &str) -> Option<usize> {
    let (digits, factor) = match text.strip_suffix('K') {
        Some(digits) => (digits, 1 << 10),
        None => match text.strip_suffix('M') {
            Some(digits) => (digits, 1 << 20),
            None => (text, 1),
        },
    };
    let size: usize = digits.parse().ok()?;
    (size > 0).then(|| size * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(bytes("32K"), Some(32 << 10));
        assert_eq!(bytes("1M"), Some(1 << 20));
        assert_eq!(bytes("0K"), None);
        assert_eq!(bytes("K"), None);
    }

    #[test]
    fn levels_grow() {
        let caches = Caches::of_this_machine();
        assert!(
            caches.l1 > 0 && caches.l1 < caches.l2 && caches.l2 < caches.l3,
            "{caches:?}"
        );
    }
}
