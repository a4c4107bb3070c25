//! Which samples come when.

use crate::support::{TEST, TRAIN, config, epoch, inputs, made_up, samples};
use neurotrain_loader::{LoaderConfig, Split};
use std::collections::BTreeSet;

#[test]
fn every_split_holds_its_samples_once() {
    let loader = made_up(&[], config());
    let [train, validation, test] = Split::ALL.map(|s| samples(&epoch(&loader, s, 0)));
    assert_eq!(train.len(), 82);
    assert_eq!(validation.len(), 21);
    let all: BTreeSet<u64> = train.iter().chain(&validation).copied().collect();
    assert_eq!(all, (0..TRAIN).collect());
    assert_eq!(test, (0..TEST).collect::<Vec<_>>());
    assert!(validation.is_sorted() && !train.is_sorted());
    assert_eq!(Split::ALL.map(|s| loader.samples(s)), [82, 21, 37]);
    assert_eq!(Split::ALL.map(|s| loader.batches(s)), [6, 2, 3]);
}

#[test]
fn training_order_changes_with_epoch_and_seed_only() {
    let order = |config: LoaderConfig, e| samples(&epoch(&made_up(&[], config), Split::Train, e));
    let first = order(config(), 0);
    assert_eq!(first, order(config(), 0));
    assert_eq!(
        first,
        order(
            LoaderConfig {
                batch_size: 7,
                steps: 9,
                prefetch: 3,
                ..config()
            },
            0
        )
    );
    let second = order(config(), 1);
    assert_ne!(first, second);
    assert_eq!(
        first.iter().collect::<BTreeSet<_>>(),
        second.iter().collect::<BTreeSet<_>>()
    );
    assert_ne!(first, order(LoaderConfig { seed: 10, ..config() }, 0));
}

#[test]
fn the_division_is_reported_and_depends_on_the_seed_only() {
    let report = |config| made_up(&[], config).splits();
    let [train, validation, test] = report(config());
    assert_eq!((train.samples, validation.samples, test.samples), (82, 21, 37));
    assert_eq!(
        (
            train.source.as_str(),
            validation.source.as_str(),
            test.source.as_str()
        ),
        ("train", "train", "test")
    );
    assert_eq!(
        report(LoaderConfig {
            batch_size: 5,
            steps: 3,
            ..config()
        })[1],
        validation
    );
    let other = report(LoaderConfig { seed: 10, ..config() });
    assert_ne!(other[1].indices_sha256, validation.indices_sha256);
    assert_eq!(other[2], test);
}

#[test]
fn an_own_validation_split_is_used() {
    let loader = made_up(&[("validation", "yes")], config());
    assert_eq!(
        Split::ALL.map(|s| loader.samples(s)),
        [TRAIN as usize, 11, TEST as usize]
    );
    // Its values are those of `validation`, not of `train`.
    let direct = LoaderConfig {
        coding: neurotrain_loader::Coding::Direct,
        ..config()
    };
    let loader = made_up(&[("validation", "yes")], direct);
    let first = &inputs(&epoch(&loader, Split::Validation, 0))[&3];
    let expected = (f64::from(crate::support::stored("validation", 3, 3)) / 255.0 - 0.25) / 0.5;
    assert!((f64::from(first[3]) - expected).abs() < 1e-6);
}

#[test]
fn batches_say_where_they_stand() {
    let loader = made_up(&[], config());
    let batches = epoch(&loader, Split::Train, 3);
    assert_eq!(
        batches
            .iter()
            .map(neurotrain_loader::Batch::len)
            .collect::<Vec<_>>(),
        [16, 16, 16, 16, 16, 2]
    );
    for (i, batch) in batches.iter().enumerate() {
        assert_eq!(
            (batch.epoch, batch.index, batch.nominal_batch, batch.classes),
            (3, i as u64, 16, 5)
        );
        assert_eq!(batch.input.dims(), [4, batch.len(), 2, 3, 4]);
        assert_eq!(
            batch.label_values,
            batch.samples.iter().map(|s| (s % 5) as i64).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_plugin_reads_the_bundle() {
    let loader = made_up(&[], config());
    let batch = loader.epoch(Split::Test, 2).unwrap().last().unwrap().unwrap();
    let seen = neurotrain_plugin_api::Batch::from_bundle(batch.bundle()).unwrap();
    assert_eq!(seen.input().shape()[..], [4, 5, 2, 3, 4]);
    assert!(seen.input().is_sparse());
    assert_eq!(seen.labels().to_ints().unwrap(), batch.label_values);
    assert_eq!(seen.label_values(), batch.label_values);
    assert_eq!(
        (
            seen.len(),
            seen.classes(),
            seen.epoch(),
            seen.index(),
            seen.nominal_len()
        ),
        (5, 5, 2, 2, 16)
    );
    assert!(!seen.constant_input());
    let values = batch
        .input
        .with_slice(|v: &[f32]| v.iter().map(|v| f64::from(*v)).collect::<Vec<_>>())
        .unwrap();
    assert_eq!(seen.input().to_vec().unwrap(), values);
}
