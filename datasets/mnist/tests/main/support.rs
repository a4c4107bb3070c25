//! Small sets of files.

use flate2::Compression;
use flate2::write::GzEncoder;
pub(crate) use neurotrain_data_files::testing::TestHost;
use neurotrain_data_files::testing::all_bytes;
use neurotrain_plugin_api::Dataset;
use std::io::Write;
use std::path::Path;

pub(crate) const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Contents of the four files of a set of 20 and 10 samples.
pub(crate) fn small_set() -> [Vec<u8>; 4] {
    let images = |n: u32| {
        let mut file = [0x803_u32, n, 28, 28].map(u32::to_be_bytes).concat();
        file.extend((0..n * 784).map(|i| (i * 7 % 251) as u8));
        file
    };
    let labels = |n: u32| {
        let mut file = [0x801_u32, n].map(u32::to_be_bytes).concat();
        file.extend((0..n).map(|i| (i % 10) as u8));
        file
    };
    [images(20), labels(20), images(10), labels(10)]
}

pub(crate) fn write_set(dir: &Path, names: [&str; 4], contents: &[Vec<u8>; 4]) {
    std::fs::create_dir_all(dir).unwrap();
    for (name, content) in names.iter().zip(contents) {
        std::fs::write(dir.join(name), content).unwrap();
    }
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// All samples of a split.
pub(crate) fn all<D: Dataset>(data: &D, split: &str) -> (Vec<u8>, Vec<i64>) {
    all_bytes(data, split).unwrap()
}

pub(crate) fn histogram(labels: &[i64]) -> [usize; 10] {
    let mut counts = [0; 10];
    labels.iter().for_each(|l| counts[*l as usize] += 1);
    counts
}
