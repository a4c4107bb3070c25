//! Damaged files are errors that name file and place, never a panic.

use crate::fixture::{file, header, stored_pixels, variable};
use neurotrain_data_files::testing::TestHost;
use neurotrain_data_svhn::Svhn;
use proptest::prelude::*;

fn open(train: &[u8]) -> Result<Svhn, neurotrain_plugin_api::Error> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("train_32x32.mat"), train).unwrap();
    std::fs::write(dir.path().join("test_32x32.mat"), file(&[1], true)).unwrap();
    TestHost::with_dir(dir.path()).open::<Svhn>(&[])
}

fn message(train: &[u8]) -> String {
    let error = open(train).unwrap_err();
    assert!(error.message().contains("train_32x32.mat"), "{error:?}");
    error.message().to_owned()
}

#[test]
fn truncations_are_errors() {
    let whole = file(&[1, 2], true);
    for end in (0..whole.len()).step_by(5) {
        message(&whole[..end]);
    }
    let whole = file(&[1], false);
    for end in (0..whole.len()).step_by(13) {
        message(&whole[..end]);
    }
}

#[test]
fn contents_that_cannot_be_are_named() {
    let x = |n: i32, values: &[u8]| variable("X", &[32, 32, 3, n], 2, values, true);
    let y = |labels: &[u8]| variable("y", &[labels.len() as i32, 1], 2, labels, true);
    let pixels = stored_pixels(2);
    let with = |parts: &[Vec<u8>]| [vec![header()], parts.to_vec()].concat().concat();
    assert!(message(&with(&[x(2, &pixels), y(&[1, 11])])).contains("label 11 of image 1"));
    assert!(message(&with(&[x(2, &pixels), y(&[1])])).contains("2 images in `X`, 1 labels"));
    assert!(message(&with(&[x(3, &pixels), y(&[1, 2, 3])])).contains("takes 9216 values, 6144 are there"));
    assert!(message(&with(&[x(i32::MAX, &pixels), y(&[1])])).contains("array `X`"));
    assert!(message(&with(&[x(-1, &pixels), y(&[1])])).contains("negative or too large"));
    assert!(message(&with(&[y(&[1, 2])])).contains("no array `X`"));
    assert!(message(&with(&[])).contains("no array `X`"));
    let big_endian = [&[b' '; 124][..], &[1, 0, b'M', b'I']].concat();
    assert!(message(&big_endian).contains("big-endian"));
    assert!(message(&[b'\x89'; 200]).contains("not a MAT-file of version 5"));
    assert!(message(b"<!DOCTYPE html>").contains("web page"));
    let half: Vec<u8> = [1.5_f64, 2.0].iter().flat_map(|l| l.to_le_bytes()).collect();
    assert!(
        message(&with(&[x(2, &pixels), variable("y", &[2, 1], 9, &half, false)])).contains("value 0 is 1.5")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn flipped_bits_never_panic(at in any::<prop::sample::Index>(), bit in 0_u8..8, compressed: bool) {
        let mut bytes = file(&[1], compressed);
        // Mostly where the structure is, not the pixels.
        let at = at.index(if compressed { bytes.len() } else { 240 });
        bytes[at] ^= 1 << bit;
        if let Err(error) = open(&bytes) {
            prop_assert!(error.message().contains("train_32x32.mat"));
        }
    }
}
