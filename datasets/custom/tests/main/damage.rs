//! Damaged files are read or refused with their name, never a panic.

use crate::fixture::{npz, open, picture, small, write};
use image::ImageFormat;
use neurotrain_data_custom::{ImageFolder, Npz};
use proptest::prelude::*;

fn changed(content: &[u8], cut: &prop::sample::Index, flips: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    let mut content = content.to_vec();
    for (at, mask) in flips {
        let at = at.index(content.len());
        content[at] ^= mask;
    }
    if flips.is_empty() {
        content.truncate(cut.index(content.len()));
    }
    content
}

fn flips() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn archives(cut: prop::sample::Index, flips in flips()) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mine.npz");
        std::fs::write(&path, changed(&npz(&small()), &cut, &flips)).unwrap();
        match open::<Npz>(&path, &[]) {
            Ok(_) => prop_assert!(!flips.is_empty(), "a truncated archive was read"),
            Err(error) => prop_assert!(error.message().contains("mine.npz"), "{error:?}"),
        }
    }

    #[test]
    fn pictures(cut: prop::sample::Index, flips in flips(), format in 0..5_usize) {
        let format = [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::Bmp,
            ImageFormat::Gif,
            ImageFormat::WebP,
        ][format];
        let dir = tempfile::tempdir().unwrap();
        let whole = picture([90, 80, 70], 5, 4, format);
        for name in ["a/1.png", "a/2.png", "b/1.png"] {
            write(&dir.path().join(name), &whole);
        }
        let damaged = changed(&whole, &cut, &flips);
        write(&dir.path().join("b/2.png"), &damaged);
        let half = [("test_fraction", 0.5.into()), ("height", 4.into()), ("width", 5.into())];
        if let Err(error) = open::<ImageFolder>(dir.path(), &half) {
            prop_assert!(error.message().contains("b/2.png"), "{error:?}");
        }
    }
}
