//! The real records of the reference data.

use neurotrain_data_cifar10::Cifar10;
use neurotrain_data_files::testing::{TestHost, all_bytes, shared_data};
use neurotrain_plugin_api::Dataset;

#[test]
fn known_facts_of_the_real_records() {
    let Some(data) = shared_data(env!("CARGO_MANIFEST_DIR")) else {
        return;
    };
    let cifar = TestHost::with_dir(&data)
        .open::<Cifar10>(&[("source", "subset")])
        .unwrap();
    let (train, train_labels) = all_bytes(&cifar, "train").unwrap();
    let (test, test_labels) = all_bytes(&cifar, "test").unwrap();
    assert_eq!((train_labels.len(), test_labels.len()), (4000, 1000));
    assert_eq!(cifar.info().variant, "subset 4000/1000");
    assert_eq!(train_labels[..10], [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    assert_eq!(test_labels[..10], [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    assert_eq!(train[..5], [59, 43, 50, 68, 98]);
    assert_eq!(train[3069..3072], [140, 84, 72]);
    assert_eq!(test.len(), 1000 * 3072);

    // The published means and deviations, which a wrong order of channels would not give.
    let info = cifar.info();
    for channel in 0..3 {
        let values = || {
            let image = train
                .chunks(3072)
                .flat_map(move |i| &i[channel * 1024..(channel + 1) * 1024]);
            image.map(|v| f64::from(*v) / 255.0)
        };
        let n = 4000.0 * 1024.0;
        let mean = values().sum::<f64>() / n;
        assert!((mean - info.mean[channel]).abs() < 0.005, "{channel}: {mean}");
    }
}

/// Nearest neighbours among shrunken images find the class far more often than by chance (one in ten).
#[test]
fn nearest_neighbours_recognise_the_real_records() {
    let Some(data) = shared_data(env!("CARGO_MANIFEST_DIR")) else {
        return;
    };
    let cifar = TestHost::with_dir(&data)
        .open::<Cifar10>(&[("source", "subset")])
        .unwrap();
    let shrunken = |split| {
        let (pixels, labels) = all_bytes(&cifar, split).unwrap();
        let images: Vec<Vec<i32>> = pixels
            .chunks(3072)
            .map(|image| {
                let mut small = vec![0; 3 * 64];
                for (i, v) in image.iter().enumerate() {
                    let (c, y, x) = (i / 1024, i % 1024 / 32, i % 32);
                    small[c * 64 + y / 4 * 8 + x / 4] += i32::from(*v);
                }
                small
            })
            .collect();
        (images, labels)
    };
    let (train, train_labels) = shrunken("train");
    let (test, test_labels) = shrunken("test");
    let right = test
        .iter()
        .zip(&test_labels)
        .filter(|(image, label)| {
            let distance = |other: &Vec<i32>| -> i64 {
                image
                    .iter()
                    .zip(other)
                    .map(|(a, b)| i64::from(a - b).pow(2))
                    .sum()
            };
            let nearest = train
                .iter()
                .zip(&train_labels)
                .min_by_key(|(other, _)| distance(other))
                .unwrap();
            nearest.1 == *label
        })
        .count();
    assert!(right > 280, "{right} of 1000");
}
