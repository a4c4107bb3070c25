//! Real recordings of the reference data.

use crate::support::read;
use neurotrain_data_files::testing::{TestHost, shared_data, size};
use neurotrain_data_nmnist::NMnist;
use neurotrain_plugin_api::{Dataset, EventBatch};
use std::path::Path;
use std::process::Command;

/// Count images of a split, `[N][2 * 34 * 34]`.
fn images(data: &NMnist, split: &str) -> (Vec<Vec<f64>>, Vec<i64>) {
    let n = size(&data.info(), split) as u64;
    let (events, labels) = read(data, split, &(0..n).collect::<Vec<_>>()).unwrap();
    let image = |i: usize| {
        let mut image = vec![0.0; 2 * 34 * 34];
        for e in events.range(i) {
            image[(usize::from(events.p[e]) * 34 + usize::from(events.y[e])) * 34
                + usize::from(events.x[e])] += 1.0;
        }
        image
    };
    ((0..events.samples()).map(image).collect(), labels)
}

fn normalised(image: &[f64]) -> Vec<f64> {
    let norm = image.iter().map(|v| v * v).sum::<f64>().sqrt();
    image.iter().map(|v| v / norm).collect()
}

#[test]
fn a_thousand_recordings() {
    let Some(shared) = shared_data(env!("CARGO_MANIFEST_DIR")) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar")
        .arg("-xJf")
        .arg(shared.join("nmnist-small.tar.xz"))
        .arg("-C")
        .arg(dir.path())
        .status();
    if !unpacked.is_ok_and(|status| status.success()) {
        println!("skipped: no tar with xz");
        return;
    }
    std::fs::rename(dir.path().join("nmnist-small"), dir.path().join("NMNIST")).unwrap();
    check(dir.path());
}

fn check(dir: &Path) {
    let data = TestHost::with_dir(dir).open::<NMnist>(&[]).unwrap();
    assert_eq!(data.info().variant, "subset 1000/100");
    let (events, labels) = read(&data, "train", &(0..1000).collect::<Vec<_>>()).unwrap();
    let (test, _) = read(&data, "test", &(0..100).collect::<Vec<_>>()).unwrap();
    let counts = |events: &EventBatch| {
        (0..events.samples())
            .map(|i| events.range(i).len())
            .collect::<Vec<_>>()
    };
    let counts = [counts(&events), counts(&test)].concat();
    assert_eq!(
        (*counts.iter().min().unwrap(), *counts.iter().max().unwrap()),
        (1069, 7152)
    );
    assert!(events.t.iter().chain(&test.t).all(|t| *t <= 336_040));
    assert!(labels.is_sorted());

    let (train, train_labels) = images(&data, "train");
    let (test, test_labels) = images(&data, "test");
    let train: Vec<_> = train.iter().map(|i| normalised(i)).collect();
    let right = test.iter().zip(&test_labels).filter(|(image, label)| {
        let similarity = |other: &[f64]| -> f64 { image.iter().zip(other).map(|(a, b)| a * b).sum() };
        let best = train
            .iter()
            .zip(&train_labels)
            .max_by(|a, b| similarity(a.0).total_cmp(&similarity(b.0)))
            .unwrap();
        best.1 == *label
    });
    assert_eq!(right.count(), 83);
}
