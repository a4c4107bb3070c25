//! What results say of a data set that is not the whole official one.

use neurotrain_plugin_api::{Ctx, Level};
use std::path::Path;

/// The file that marks its folder as a stand-in: files in an official layout, but with made-up content.
pub const STAND_IN: &str = "stand-in.json";

/// The variant of a data set whose splits have `sizes` samples, opened from `paths`, its files or folders: `stand-in N/M`
/// where one of them is marked, `otherwise` elsewhere.
///
/// The mark counts for files in its folder and two folders below it, whatever it says: nothing made up is reported
/// under the real name.
pub fn variant_of<P: AsRef<Path>>(paths: &[P], sizes: &[usize], otherwise: String) -> String {
    if !paths.iter().any(|path| is_stand_in(path.as_ref())) {
        return otherwise;
    }
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    format!("stand-in {}", sizes.join("/"))
}

/// Whether `path`, the folder that it lies in or one of the two above that is marked as a stand-in.
pub fn is_stand_in(path: &Path) -> bool {
    path.ancestors().take(4).any(|dir| dir.join(STAND_IN).is_file())
}

/// Warns that samples of data set `key` are not the official ones, unless `variant` is empty; `what` is what they are
/// not.
pub fn warn_of_variant(key: &str, variant: &str, what: &str, ctx: &Ctx) {
    if !variant.is_empty() {
        ctx.log(Level::Warn, &format!("{key}: {variant}: not the official {what}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_counts_for_its_folder_and_two_below() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("data/SET/raw/deep/down");
        std::fs::create_dir_all(&root).unwrap();
        let variant = |path: &str| variant_of(&[dir.path().join(path)], &[5, 2], "subset 5/2".into());
        assert_eq!(variant("data/SET/a.gz"), "subset 5/2");
        std::fs::write(dir.path().join("data/SET").join(STAND_IN), "{}").unwrap();
        for marked in [
            "data/SET",
            "data/SET/a.gz",
            "data/SET/raw/a.gz",
            "data/SET/raw/deep/a.gz",
        ] {
            assert_eq!(variant(marked), "stand-in 5/2", "{marked}");
        }
        assert_eq!(variant("data/OTHER/a.gz"), "subset 5/2");
        assert_eq!(variant("data/SET/raw/deep/down/a.gz"), "subset 5/2");
    }
}
