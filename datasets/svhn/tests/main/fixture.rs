//! MAT-files as MATLAB writes them.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

pub(crate) fn element(kind: u32, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if (1..=4).contains(&content.len()) {
        out.extend((kind | (content.len() as u32) << 16).to_le_bytes());
        out.extend(content);
    } else {
        out.extend(kind.to_le_bytes());
        out.extend((content.len() as u32).to_le_bytes());
        out.extend(content);
    }
    out.resize(out.len().next_multiple_of(8), 0);
    out
}

pub(crate) fn variable(name: &str, dims: &[i32], kind: u32, content: &[u8], compressed: bool) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|d| d.to_le_bytes()).collect();
    let body = [
        element(6, &[9, 0, 0, 0, 0, 0, 0, 0]),
        element(5, &dims),
        element(1, name.as_bytes()),
        element(kind, content),
    ]
    .concat();
    let matrix = [
        &14_u32.to_le_bytes(),
        (body.len() as u32).to_le_bytes().as_slice(),
        &body,
    ]
    .concat();
    if !compressed {
        return matrix;
    }
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(&matrix).unwrap();
    let stored = zlib.finish().unwrap();
    [
        &15_u32.to_le_bytes(),
        (stored.len() as u32).to_le_bytes().as_slice(),
        &stored,
    ]
    .concat()
}

pub(crate) fn header() -> Vec<u8> {
    let mut header = b"MATLAB 5.0 MAT-file, made by a test".to_vec();
    header.resize(124, b' ');
    header.extend([0, 1, b'I', b'M']);
    header
}

/// Stored value of image n at channel c, row r, column x.
pub(crate) fn pixel(n: usize, c: usize, r: usize, x: usize) -> u8 {
    ((n * 101 + c * 37 + r * 5 + x * 11) % 256) as u8
}

pub(crate) fn stored_pixels(images: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for n in 0..images {
        for c in 0..3 {
            for x in 0..32 {
                out.extend((0..32).map(|r| pixel(n, c, r, x)));
            }
        }
    }
    out
}

/// A file of `labels.len()` images.
pub(crate) fn file(labels: &[u8], compressed: bool) -> Vec<u8> {
    let n = labels.len() as i32;
    [
        header(),
        variable("X", &[32, 32, 3, n], 2, &stored_pixels(labels.len()), compressed),
        variable("y", &[n, 1], 2, labels, compressed),
    ]
    .concat()
}
