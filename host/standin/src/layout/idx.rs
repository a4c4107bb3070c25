//! MNIST and Fashion-MNIST: four IDX files, compressed.

use crate::content::{Images, Split, labels};
use crate::options::Options;
use crate::write::file;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use neurotrain_plugin_api::{Error, Result};
use std::io::Write;
use std::path::Path;

pub(crate) fn write(dir: &Path, options: &Options, images: &Images) -> Result<(usize, usize)> {
    for (stem, split, n) in [
        ("train", Split::Train, options.train),
        ("t10k", Split::Test, options.test),
    ] {
        let labels = labels(images.key, split, n, 10, options.seed);
        let side = images.side as u32;
        let mut pixels = [0x0803, n as u32, side, side].map(u32::to_be_bytes).concat();
        for (i, label) in labels.iter().enumerate() {
            pixels.extend(images.image(split, i, *label, options.seed));
        }
        let mut list = [0x0801, n as u32].map(u32::to_be_bytes).concat();
        list.extend(labels);
        for (name, content) in [
            (format!("{stem}-images-idx3-ubyte"), pixels),
            (format!("{stem}-labels-idx1-ubyte"), list),
        ] {
            file(&dir.join(format!("{name}.gz")), &gzip(&name, &content)?)?;
        }
    }
    Ok((options.train, options.test))
}

fn gzip(name: &str, content: &[u8]) -> Result<Vec<u8>> {
    // Without a time, so that the same seed gives the same bytes.
    let mut out: GzEncoder<Vec<u8>> = GzBuilder::new()
        .filename(name)
        .write(Vec::new(), Compression::default());
    out.write_all(content)
        .and_then(|()| out.finish())
        .map_err(|e| Error::new("io", format!("{name}: {e}")))
}
