//! Names and addresses that manifests give, which are not believed.

use neurotrain_plugin_api::{Error, Result};
use std::path::{Component, Path, PathBuf};

/// The path of `name` below `folder`.
///
/// # Errors
/// `bad-plugin` for a name that is empty, absolute, or climbs out of the folder.
pub fn file_below(folder: &Path, name: &str) -> Result<PathBuf> {
    let below = Path::new(name);
    let plain = below
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    match plain && !name.is_empty() && !name.contains(['\0', '\\']) {
        true => Ok(folder.join(below)),
        false => Err(Error::new(
            "bad-plugin",
            format!("the manifest names the file `{name}`, which does not lie below the data folder"),
        )
        .with_hint("this is a defect of the data set plugin; report it to its authors")),
    }
}

/// Whether `text` begins as an address that can be fetched.
pub fn is_web_address(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["http://", "https://"].iter().any(|scheme| {
        lower
            .strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_below_the_folder() {
        let folder = Path::new("/data/X");
        assert_eq!(file_below(folder, "a/b.gz").unwrap(), Path::new("/data/X/a/b.gz"));
        for name in ["", "../b", "/etc/passwd", "a/../../b", "a\0b", "."] {
            assert_eq!(
                file_below(folder, name).unwrap_err().code(),
                "bad-plugin",
                "{name:?}"
            );
        }
    }

    #[test]
    fn only_web_addresses_are_fetched() {
        assert!(is_web_address("https://a.example/b") && is_web_address("HTTP://a"));
        assert!(
            !is_web_address("file:///etc/passwd") && !is_web_address("http:///x") && !is_web_address("x")
        );
    }
}
