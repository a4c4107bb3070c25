//! Damaged files: always an error that names the file, never a panic and never other data.

use crate::support::{NAMES, TestHost, gzip, small_set, write_set};
use neurotrain_data_mnist::Mnist;
use neurotrain_plugin_api::Error;
use proptest::prelude::*;

/// Opens a set in which file `which` has been replaced.
fn open_with(which: usize, content: Vec<u8>) -> Result<Mnist, Error> {
    let dir = tempfile::tempdir().unwrap();
    let mut set = small_set();
    set[which] = content;
    write_set(&dir.path().join("MNIST"), NAMES, &set);
    TestHost::with_dir(dir.path()).open(&[])
}

/// The message for such a set, which must name the file.
fn message(which: usize, content: Vec<u8>) -> String {
    let error = open_with(which, content).expect_err("the file is damaged");
    assert_eq!(error.code(), "bad-data", "{error}");
    assert!(error.message().contains(NAMES[which]), "{error}");
    error.to_string()
}

#[test]
fn truncation_at_any_point_is_noticed() {
    for (which, content) in small_set().into_iter().enumerate() {
        let header = if which % 2 == 0 { 16 } else { 8 };
        let body = [header + 1, (header + content.len()) / 2, content.len() - 1];
        for length in (0..=header).chain(body) {
            let message = message(which, content[..length].to_vec());
            assert!(
                message.contains(&format!("truncated at offset {length}")),
                "{which} {length}: {message}"
            );
        }
    }
}

#[test]
fn compressed_truncation_at_any_point_is_noticed() {
    for (which, content) in small_set().into_iter().enumerate() {
        let packed = gzip(&content);
        let step = (packed.len() / 60).max(1);
        for length in
            (2..packed.len())
                .step_by(step)
                .chain([packed.len() - 1, packed.len() - 4, packed.len() - 8])
        {
            let message = message(which, packed[..length].to_vec());
            assert!(
                message.contains("gzip data damaged near offset"),
                "{which} {length}: {message}"
            );
        }
    }
}

#[test]
fn any_flipped_compressed_byte_is_noticed() {
    let content = small_set()[1].clone();
    let packed = gzip(&content);
    for at in 0..packed.len() {
        // Times, flags and the system in the gzip header say nothing about the content.
        if (4..10).contains(&at) {
            continue;
        }
        let mut damaged = packed.clone();
        damaged[at] ^= 0x10;
        message(1, damaged);
    }
}

#[test]
fn a_checksum_error_is_called_so() {
    let mut packed = gzip(&small_set()[0]);
    let crc = packed.len() - 8;
    packed[crc] ^= 1;
    assert!(message(0, packed).contains("checksum"));
}

#[test]
fn wrong_magic_numbers_are_explained() {
    let [images, labels, ..] = small_set();
    assert!(message(0, labels.clone()).contains("this is a label file under the name of an image file"));
    assert!(message(1, images.clone()).contains("this is an image file under the name of a label file"));
    let mut swapped = images.clone();
    swapped[..4].reverse();
    assert!(message(0, swapped).contains("bytes are in the wrong order"));
    for at in 0..4 {
        for bit in 0..8 {
            let mut damaged = images.clone();
            damaged[at] ^= 1 << bit;
            assert!(message(0, damaged).contains("at offset 0 instead of 0x00000803"));
        }
    }
    assert!(message(0, b"something else altogether".to_vec()).contains("magic number 0x736f6d65"));
}

#[test]
fn wrong_counts_and_dimensions_are_explained() {
    let [images, labels, ..] = small_set();
    let with = |content: &[u8], at: usize, value: u32| {
        let mut changed = content.to_vec();
        changed[at..at + 4].copy_from_slice(&value.to_be_bytes());
        changed
    };
    assert!(
        message(0, with(&images, 4, 21))
            .contains("truncated at offset 15696: 21 images (offset 4) take 16480 bytes, 20 are there")
    );
    assert!(
        message(0, with(&images, 4, 19))
            .contains("784 bytes after the last of 19 images, from offset 14912 on")
    );
    assert!(message(0, with(&images, 4, u32::MAX)).contains("truncated"));
    assert!(message(0, with(&images, 4, 0)).contains("holds 0 items"));
    assert!(message(0, with(&images, 8, 32)).contains("32 rows (offset 8)"));
    assert!(message(0, with(&images, 12, 27)).contains("27 columns (offset 12)"));
    assert!(message(1, with(&labels, 4, 21)).contains("21 labels (offset 4) take 29 bytes"));
    let mut label = labels.clone();
    label[8 + 17] = 10;
    assert!(message(1, label).contains("label 10 of item 17 (offset 25) is not below 10"));
    let mut more = labels.clone();
    more.extend([0, 0, 0]);
    assert!(message(1, more).contains("3 bytes after the last of 20 labels, from offset 28 on"));
}

#[test]
fn files_that_do_not_belong_together_are_noticed() {
    let test_labels = small_set()[3].clone();
    let error = open_with(1, test_labels).unwrap_err().to_string();
    assert!(
        error.contains("holds 20 images") && error.contains("holds 10 labels"),
        "{error}"
    );
    assert!(error.contains(NAMES[0]) && error.contains(NAMES[1]), "{error}");
}

#[test]
fn a_web_page_is_called_one() {
    for page in [
        "<!DOCTYPE html><html>",
        "\n  <html lang=en>",
        "\u{feff}<?xml version='1.0'?>",
    ] {
        assert!(message(2, page.into()).contains("is a web page"));
        assert!(message(2, gzip(page.as_bytes())).contains("is a web page"));
    }
}

#[test]
fn bytes_after_the_compressed_data_are_noticed() {
    let mut packed = gzip(&small_set()[0]);
    let end = packed.len();
    packed.extend(b"tail");
    assert!(message(0, packed).contains(&format!(
        "4 bytes after the end of the compressed data, from offset {end} on"
    )));
}

#[test]
fn several_gzip_members_are_one_file() {
    let content = small_set()[0].clone();
    let packed = [gzip(&content[..999]), gzip(&content[999..])].concat();
    assert!(open_with(0, packed).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn arbitrary_bytes_never_panic(which in 0..4_usize, content in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(open_with(which, content).is_err());
    }

    #[test]
    fn arbitrary_headers_never_panic(
        which in 0..4_usize,
        count in prop_oneof![0..40_u32, any::<u32>()],
        dims in prop::array::uniform2(prop_oneof![Just(28_u32), any::<u32>()]),
        cut in 0..40_usize,
        packed: bool,
    ) {
        let mut content = small_set()[which].clone();
        content[4..8].copy_from_slice(&count.to_be_bytes());
        if which % 2 == 0 {
            content[8..12].copy_from_slice(&dims[0].to_be_bytes());
            content[12..16].copy_from_slice(&dims[1].to_be_bytes());
        }
        let intact = content == small_set()[which] && cut == 0;
        content.truncate(content.len().saturating_sub(cut));
        let content = if packed { gzip(&content) } else { content };
        prop_assert_eq!(open_with(which, content).is_ok(), intact);
    }

    #[test]
    fn flipped_bits_are_read_or_refused(
        which in 0..4_usize,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 1..4),
        packed: bool,
    ) {
        let whole = small_set()[which].clone();
        let mut content = if packed { gzip(&whole) } else { whole };
        for (at, bit) in &flips {
            let at = at.index(content.len());
            content[at] ^= 1 << bit;
        }
        if let Err(error) = open_with(which, content) {
            prop_assert!(error.message().contains(NAMES[which]), "{error:?}");
        }
    }
}
