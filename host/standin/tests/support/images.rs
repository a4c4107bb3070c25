//! What stand-ins of images have in common.

use super::{check, nearest_mean, read, stand_in};
use neurotrain_plugin_api::{Dataset, Samples};
use neurotrain_standin::Options;

pub(crate) fn pixels<D: Dataset>(data: &D, split: &str) -> (Vec<Vec<f64>>, Vec<i64>) {
    let Samples::Bytes { values, labels } = read(data, split).0 else {
        panic!("images are bytes")
    };
    let size = values.len() / labels.len();
    let image = |i: &[u8]| i.iter().map(|v| f64::from(*v)).collect();
    (values.chunks(size).map(image).collect(), labels)
}

/// The nearest mean recognises many test images, but not all.
pub(crate) fn learnable<D: Dataset>() {
    let options = Options {
        train: 600,
        test: 203,
        seed: 3,
    };
    let (_dir, data, report) = stand_in::<D>(&options);
    assert_eq!((report.train, report.test), (600, 203));
    check(&data, &report);
    let (train, train_labels) = pixels(&data, "train");
    let (test, test_labels) = pixels(&data, "test");
    let percent = nearest_mean((&train, &train_labels), (&test, &test_labels));
    println!("{}: nearest mean {percent:.1} %", D::KEY);
    assert!((40.0..98.0).contains(&percent), "{percent}");
}
