//! The bundled subsets against facts known of them.

use crate::support::{TestHost, all, histogram};
use neurotrain_data_mnist::{FashionMnist, Mnist};
use neurotrain_plugin_api::Dataset;

/// Number of test images whose nearest training image (Euclidean distance) has their label.
fn nearest_neighbour_hits<D: Dataset>(data: &D) -> usize {
    let (train, train_labels) = all(data, "train");
    let (test, test_labels) = all(data, "test");
    let distance = |a: &[u8], b: &[u8]| -> u32 {
        a.iter()
            .zip(b)
            .map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2))
            .sum()
    };
    test.chunks(784)
        .zip(&test_labels)
        .filter(|(image, label)| {
            let others = train.chunks(784).zip(&train_labels);
            others.min_by_key(|(other, _)| distance(image, other)).unwrap().1 == *label
        })
        .count()
}

#[test]
fn mnist_subset() {
    let host = TestHost::default();
    let data: Mnist = host.open(&[]).unwrap();
    let info = data.info();
    assert_eq!(info.variant, "subset 3000/1000");
    assert_eq!(info.splits, [("train".into(), 3000), ("test".into(), 1000)]);
    assert_eq!((info.shape, info.classes), (vec![1, 28, 28], 10));
    assert_eq!((info.mean, info.std), (vec![0.1307], vec![0.3081]));
    assert_eq!(info.files.len(), 4);
    let log = host.log();
    assert!(
        log.iter()
            .any(|m| m.contains("MNIST: no full set") && m.contains("subset 3000/1000")),
        "{log:?}"
    );
    let (_, train) = all(&data, "train");
    let (_, test) = all(&data, "test");
    assert_eq!((histogram(&train), histogram(&test)), ([300; 10], [100; 10]));
    assert_eq!(train[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(test[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    assert_eq!(nearest_neighbour_hits(&data), 893);
}

#[test]
fn fashion_mnist_subset() {
    let host = TestHost::default();
    let data: FashionMnist = host.open(&[("source", "bundled")]).unwrap();
    let info = data.info();
    assert_eq!(info.variant, "subset 1500/500");
    assert_eq!((info.mean, info.std), (vec![0.2860], vec![0.3530]));
    assert_eq!(info.class_names[9], "Ankle boot");
    assert!(host.log().is_empty(), "asked for, so not worth a warning");
    let (_, train) = all(&data, "train");
    let (_, test) = all(&data, "test");
    assert_eq!((histogram(&train), histogram(&test)), ([150; 10], [50; 10]));
    assert_eq!(train[..10], [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
    assert_eq!(test[..10], [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]);
    assert_eq!(nearest_neighbour_hits(&data), 395);
}

#[test]
fn standardising_before_rate_coding_follows_compat() {
    let host = TestHost::default();
    let flag = |settings: &[(&str, &str)]| {
        let data: FashionMnist = host.open(settings).unwrap();
        data.info().rate_from_standardised
    };
    assert!(!flag(&[("source", "bundled")]));
    assert!(flag(&[("source", "bundled"), ("compat", "neurotrain")]));
    let mnist: Mnist = host
        .open(&[("source", "bundled"), ("compat", "neurotrain")])
        .unwrap();
    assert!(!mnist.info().rate_from_standardised);
}

#[test]
fn bad_requests_are_refused() {
    let data: Mnist = TestHost::default().open(&[]).unwrap();
    assert!(
        data.read("validation", &[0])
            .unwrap_err()
            .message()
            .contains("`validation`")
    );
    assert!(
        data.read("test", &[1000])
            .unwrap_err()
            .message()
            .contains("no sample 1000")
    );
    assert!(data.read("train", &[u64::MAX]).is_err());
}
