//! SVHN: MAT-files of version 5 with compressed variables `X` and `y`.

use crate::content::{Images, Split, labels};
use crate::options::Options;
use crate::write::file;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use neurotrain_plugin_api::{Error, Result};
use std::io::Write;
use std::path::Path;

const UINT8: u32 = 2;

pub(crate) fn write(dir: &Path, options: &Options, images: &Images) -> Result<(usize, usize)> {
    for (name, split, n) in [
        ("train_32x32.mat", Split::Train, options.train),
        ("test_32x32.mat", Split::Test, options.test),
    ] {
        let labels = labels(images.key, split, n, 10, options.seed);
        let mut pixels = Vec::new();
        for (i, label) in labels.iter().enumerate() {
            let image = images.image(split, i, *label, options.seed);
            pixels.extend(by_columns(&image, images.side));
        }
        // The digit 0 has label 10.
        let labels: Vec<u8> = labels.iter().map(|l| if *l == 0 { 10 } else { *l }).collect();
        let (side, n) = (images.side as i32, n as i32);
        let content = [
            header(),
            variable("X", &[side, side, 3, n], &pixels)?,
            variable("y", &[n, 1], &labels)?,
        ];
        file(&dir.join(name), &content.concat())?;
    }
    Ok((options.train, options.test))
}

fn by_columns(image: &[u8], side: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(image.len());
    for plane in image.chunks_exact(side * side) {
        for col in 0..side {
            out.extend((0..side).map(|row| plane[row * side + col]));
        }
    }
    out
}

fn header() -> Vec<u8> {
    let mut header = b"MATLAB 5.0 MAT-file, stand-in with made-up content".to_vec();
    header.resize(124, b' ');
    header.extend([0, 1, b'I', b'M']);
    header
}

fn element(kind: u32, content: &[u8]) -> Vec<u8> {
    let size = content.len() as u32;
    let mut out = match size {
        // A small element has its size in the upper half of the type.
        1..=4 => (kind | size << 16).to_le_bytes().to_vec(),
        _ => [kind, size].map(u32::to_le_bytes).concat(),
    };
    out.extend(content);
    out.resize(out.len().next_multiple_of(8), 0);
    out
}

/// An array of bytes.
fn variable(name: &str, dims: &[i32], values: &[u8]) -> Result<Vec<u8>> {
    let dims: Vec<u8> = dims.iter().flat_map(|d| d.to_le_bytes()).collect();
    let body = [
        element(6, &[9, 0, 0, 0, 0, 0, 0, 0]),
        element(5, &dims),
        element(1, name.as_bytes()),
        element(UINT8, values),
    ]
    .concat();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    let stored = zlib
        .write_all(&[14, body.len() as u32].map(u32::to_le_bytes).concat())
        .and_then(|()| zlib.write_all(&body))
        .and_then(|()| zlib.finish())
        .map_err(|e| Error::new("io", format!("array {name}: {e}")))?;
    let mut out = [15, stored.len() as u32].map(u32::to_le_bytes).concat();
    out.extend(stored);
    Ok(out)
}
