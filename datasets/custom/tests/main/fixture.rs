//! Small archives and images.

use image::{ImageFormat, Rgb, RgbImage};
use neurotrain_data_files::testing::TestHost;
use neurotrain_plugin_api::{Dataset, Error, Samples};
use std::io::{Cursor, Write};
use std::path::Path;

/// An `.npy` file.
pub(crate) fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    text.push_str(&" ".repeat(63 - (10 + text.len()) % 64));
    text.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((text.len() as u16).to_le_bytes());
    out.extend(text.as_bytes());
    out.extend(data);
    out
}

/// An archive of arrays.
pub(crate) fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in arrays {
        zip.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Four training samples of two bytes and two test samples, of two classes.
pub(crate) fn small() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (
            "x_train",
            npy("|u1", false, "(4, 2)", &[0, 255, 10, 20, 30, 40, 50, 60]),
        ),
        ("y_train", npy("|u1", false, "(4,)", &[0, 1, 0, 1])),
        ("x_test", npy("|u1", false, "(2, 2)", &[1, 2, 3, 4])),
        ("y_test", npy("|u1", false, "(2,)", &[1, 0])),
    ]
}

/// Opens data set `D` at `path`.
pub(crate) fn open<D: Dataset>(path: &Path, set: &[(&str, serde_json::Value)]) -> Result<D, Error> {
    TestHost::default().open_with(|config| {
        config.set("path", path.display().to_string());
        set.iter().for_each(|(key, value)| config.set(key, value.clone()));
    })
}

pub(crate) fn bytes<D: Dataset>(data: &D, split: &str, indices: &[u64]) -> (Vec<u8>, Vec<i64>) {
    match data.read(split, indices).unwrap() {
        Samples::Bytes { values, labels } => (values, labels),
        _ => panic!("the samples are bytes"),
    }
}

pub(crate) fn reals<D: Dataset>(data: &D, split: &str, indices: &[u64]) -> (Vec<f32>, Vec<i64>) {
    match data.read(split, indices).unwrap() {
        Samples::Reals { values, labels } => (values, labels),
        _ => panic!("the samples are reals"),
    }
}

/// An image of one colour, but for its first pixel.
pub(crate) fn picture(colour: [u8; 3], width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut image = RgbImage::from_pixel(width, height, Rgb(colour));
    image.put_pixel(0, 0, Rgb([1, 2, 3]));
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, format).unwrap();
    out.into_inner()
}

pub(crate) fn write(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}
