//! CIFAR-10: the folder of the binary version, records of a label and three planes of colour.

use crate::content::{Images, Split, labels};
use crate::options::Options;
use crate::write::file;
use neurotrain_plugin_api::Result;
use std::path::Path;

/// Training files.
const BATCHES: usize = 5;

const NAMES: &str = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";

pub(crate) fn write(dir: &Path, options: &Options, images: &Images) -> Result<(usize, usize)> {
    let dir = dir.join("cifar-10-batches-bin");
    let records = |split: Split, n: usize| -> Vec<Vec<u8>> {
        let labels = labels(images.key, split, n, 10, options.seed);
        let record = |(i, label): (usize, &u8)| {
            let mut record = vec![*label];
            record.extend(images.image(split, i, *label, options.seed));
            record
        };
        labels.iter().enumerate().map(record).collect()
    };
    let train = records(Split::Train, options.train);
    for batch in 0..BATCHES {
        let part = options.train * batch / BATCHES..options.train * (batch + 1) / BATCHES;
        let name = format!("data_batch_{}.bin", batch + 1);
        file(&dir.join(name), &train[part].concat())?;
    }
    let test = records(Split::Test, options.test);
    file(&dir.join("test_batch.bin"), &test.concat())?;
    file(&dir.join("batches.meta.txt"), NAMES.as_bytes())?;
    Ok((options.train, options.test))
}
