//! Folders of images, and what is wrong with them.

use crate::fixture::{bytes, open, picture, write};
use image::ImageFormat;
use neurotrain_data_custom::ImageFolder;
use neurotrain_plugin_api::Dataset;
use std::path::Path;

const RED: [u8; 3] = [200, 20, 10];
const BLUE: [u8; 3] = [10, 30, 250];

/// Two classes, three training images and one test image each.
fn divided(root: &Path) {
    for (class, colour) in [("red", RED), ("blue", BLUE)] {
        for (split, n) in [("train", 3), ("test", 1)] {
            for i in 0..n {
                let path = root.join(format!("{split}/{class}/{i}.png"));
                write(&path, &picture(colour, 4, 3, ImageFormat::Png));
            }
        }
    }
}

#[test]
fn splits_and_classes_are_folders() {
    let dir = tempfile::tempdir().unwrap();
    divided(dir.path());
    write(&dir.path().join("train/red/notes.txt"), b"no image");
    write(&dir.path().join("train/red/.hidden.png"), b"no image");
    let data = open::<ImageFolder>(dir.path(), &[]).unwrap();
    let info = data.info();
    assert_eq!((info.kind.as_str(), info.shape), ("image", vec![3, 3, 4]));
    assert_eq!(info.class_names, ["blue", "red"]);
    assert_eq!(info.splits, [("train".to_owned(), 6), ("test".to_owned(), 2)]);
    let (pixels, labels) = bytes(&data, "train", &[0, 3]);
    assert_eq!(labels, [0, 1]);
    assert_eq!(pixels[..2], [1, 10]);
    assert_eq!(
        (pixels[12..14].to_vec(), pixels[24..26].to_vec()),
        (vec![2, 30], vec![3, 250])
    );
    assert_eq!(pixels[36..38], [1, 200]);
    assert_eq!(info.files.len(), 2);
}

#[test]
fn one_folder_is_divided() {
    let dir = tempfile::tempdir().unwrap();
    for (class, colour) in [("a", RED), ("b", BLUE)] {
        for i in 0..10 {
            let path = dir.path().join(format!("{class}/{i}.jpg"));
            write(&path, &picture(colour, 8, 8, ImageFormat::Jpeg));
        }
    }
    let data = open::<ImageFolder>(dir.path(), &[("grayscale", true.into())]).unwrap();
    let info = data.info();
    assert_eq!(info.splits, [("train".to_owned(), 16), ("test".to_owned(), 4)]);
    assert_eq!(info.shape, [1, 8, 8]);
    assert_eq!(bytes(&data, "test", &[0, 1, 2, 3]).1, [0, 0, 1, 1]);
}

#[test]
fn images_of_another_size_are_resized_when_told_so() {
    let dir = tempfile::tempdir().unwrap();
    divided(dir.path());
    write(
        &dir.path().join("train/red/9.bmp"),
        &picture(RED, 16, 16, ImageFormat::Bmp),
    );
    let error = open::<ImageFolder>(dir.path(), &[]).unwrap_err();
    assert!(
        error.message().contains("red/9.bmp: 16 rows and 16 columns") && error.hint().contains("`height`"),
        "{error:?}"
    );
    let size = [("height", 2.into()), ("width", 2.into())];
    let data = open::<ImageFolder>(dir.path(), &size).unwrap();
    assert_eq!(data.info().shape, [3, 2, 2]);
    let (pixels, _) = bytes(&data, "train", &[6]);
    assert_eq!(pixels[3], RED[0]);
}

#[test]
fn faults_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let message = |path: &Path| {
        let error = open::<ImageFolder>(path, &[]).unwrap_err();
        error.message().to_owned()
    };
    assert!(message(dir.path()).contains("0 folders"));
    divided(dir.path());
    let whole = picture(RED, 4, 3, ImageFormat::Png);
    let bad = dir.path().join("train/blue/7.png");
    for content in [&whole[..20], b"", b"text under the name of an image"] {
        write(&bad, content);
        assert!(message(dir.path()).contains("blue/7.png: not a readable image"));
    }
    write(&bad, b"<!DOCTYPE html>");
    assert!(message(dir.path()).contains("blue/7.png: is a web page"));
    std::fs::remove_file(bad).unwrap();
    write(&dir.path().join("test/green/1.png"), &whole);
    assert!(message(dir.path()).contains("no training images of class `green`"));
}

/// A header that promises more than there is memory for.
#[test]
fn a_huge_image_is_refused_before_it_is_decoded() {
    let dir = tempfile::tempdir().unwrap();
    divided(dir.path());
    let mut huge = picture(RED, 4, 3, ImageFormat::Bmp);
    huge[18..22].copy_from_slice(&16_000_i32.to_le_bytes());
    huge[22..26].copy_from_slice(&16_000_i32.to_le_bytes());
    write(&dir.path().join("train/blue/8.bmp"), &huge);
    let error = open::<ImageFolder>(dir.path(), &[]).unwrap_err();
    assert!(error.message().contains("blue/8.bmp"), "{error:?}");
}
