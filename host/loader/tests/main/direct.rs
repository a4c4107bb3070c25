//! Direct coding and augmentation.

use crate::support::{MadeUp, PIXELS, TEST, config, dataset, epoch, inputs, made_up, session, stored};
use neurotrain_loader::{Coding, Loader, LoaderConfig, Split};
use neurotrain_plugin_api::Config;
use neurotrain_tensor::RealType;

fn direct() -> LoaderConfig {
    LoaderConfig {
        coding: Coding::Direct,
        ..config()
    }
}

fn standardised(split: &str, sample: u64, element: usize) -> f64 {
    let unit = f64::from(stored(split, sample, element)) / 255.0;
    if element < PIXELS / 2 {
        (unit - 0.25) / 0.5
    } else {
        (unit - 0.5) / 2.0
    }
}

#[test]
fn the_standardised_frame_holds_at_every_step() {
    for settings in [&[][..], &[("reals", "yes")]] {
        let batches = epoch(&made_up(settings, direct()), Split::Test, 0);
        assert!(
            batches
                .iter()
                .all(|b| b.constant_input && b.input.event_index().is_none())
        );
        let all = inputs(&batches);
        assert_eq!(all.len(), TEST as usize);
        for (sample, values) in all {
            assert_eq!(values.len(), 4 * PIXELS);
            for (i, value) in values.iter().enumerate() {
                assert_eq!(*value, standardised("test", sample, i % PIXELS) as f32);
            }
        }
    }
}

#[test]
fn double_precision_runs_get_double_precision() {
    let session = session(RealType::F64);
    let loader = Loader::open(dataset::<MadeUp>(&session, &[]), &session, direct()).unwrap();
    let batch = loader.epoch(Split::Test, 0).unwrap().next().unwrap().unwrap();
    let first = batch.input.with_slice(|v: &[f64]| v[..PIXELS].to_vec()).unwrap();
    // Closer than single precision could be.
    assert!(
        first
            .iter()
            .enumerate()
            .all(|(e, v)| (v - standardised("test", 0, e)).abs() < 1e-15)
    );

    let rate = Loader::open(dataset::<MadeUp>(&session, &[]), &session, config()).unwrap();
    let batch = rate.epoch(Split::Test, 0).unwrap().next().unwrap().unwrap();
    let spikes = batch.input.with_slice(|v: &[f64]| v.to_vec()).unwrap();
    assert!(spikes.iter().all(|v| *v == 0.0 || *v == 1.0) && spikes.contains(&1.0));
}

/// Every image that a crop after padding by 1, and mirroring, can make of a sample.
fn variants(sample: u64) -> Vec<Vec<f32>> {
    let mut all = Vec::new();
    for dy in -1..=1_isize {
        for dx in -1..=1_isize {
            for mirrored in [false, true] {
                let pixel = |c: usize, y: usize, x: usize| {
                    let x = if mirrored { 3 - x } else { x };
                    let from = (y.checked_add_signed(dy), x.checked_add_signed(dx));
                    match from {
                        (Some(y @ 0..3), Some(x @ 0..4)) => {
                            standardised("train", sample, (c * 3 + y) * 4 + x) as f32
                        }
                        // Padded before standardisation.
                        _ => [-0.5_f32, -0.25][c],
                    }
                };
                all.push((0..PIXELS).map(|i| pixel(i / 12, i / 4 % 3, i % 4)).collect());
            }
        }
    }
    all
}

#[test]
fn training_images_are_cropped_and_mirrored() {
    let loader = made_up(&[("augment", "yes")], direct());
    let mut kinds = std::collections::BTreeSet::new();
    for e in 0..3 {
        for (sample, values) in inputs(&epoch(&loader, Split::Train, e)) {
            let (frame, rest) = values.split_at(PIXELS);
            assert!(
                rest.chunks(PIXELS).all(|other| other == frame),
                "one crop for all steps"
            );
            let kind = variants(sample).iter().position(|v| v == frame);
            kinds.insert(kind.expect("a variant of the image"));
        }
    }
    assert_eq!(kinds.len(), 18);
}

#[test]
fn augmentation_is_a_function_of_epoch_and_sample() {
    let all =
        |config: LoaderConfig, e| inputs(&epoch(&made_up(&[("augment", "yes")], config), Split::Train, e));
    assert_eq!(
        all(direct(), 1),
        all(
            LoaderConfig {
                batch_size: 3,
                prefetch: 2,
                ..direct()
            },
            1
        )
    );
    assert_ne!(all(direct(), 1), all(direct(), 2));
}

#[test]
fn nothing_but_training_images_is_augmented() {
    let plain = made_up(&[], direct());
    let loader = made_up(&[("augment", "yes")], direct());
    for split in [Split::Validation, Split::Test] {
        assert_eq!(
            inputs(&epoch(&loader, split, 1)),
            inputs(&epoch(&plain, split, 1))
        );
    }
    let off = made_up(
        &[("augment", "yes")],
        LoaderConfig {
            augment: false,
            ..direct()
        },
    );
    assert_eq!(
        inputs(&epoch(&off, Split::Train, 1)),
        inputs(&epoch(&plain, Split::Train, 1))
    );
    // Rate coding takes images as they are.
    let rate = |settings| inputs(&epoch(&made_up(settings, config()), Split::Train, 1));
    assert_eq!(rate(&[("augment", "yes")]), rate(&[]));
}

#[test]
fn a_repeated_frame_takes_the_memory_of_one() {
    let long = LoaderConfig {
        steps: 10_000,
        batch_size: 37,
        ..direct()
    };
    let batch = epoch(&made_up(&[], long), Split::Test, 0).remove(0);
    assert_eq!(batch.input.dims(), [10_000, 37, 2, 3, 4]);
    let tensor = batch.input.dense_tensor().unwrap();
    assert_eq!(tensor.stride()[0], 0);
}

#[test]
fn both_spellings_of_the_coding_are_understood() {
    let with = |json: &str| LoaderConfig::default().with_params(&Config::from_json(json).unwrap());
    assert_eq!(with("{}").unwrap(), LoaderConfig::default());
    assert_eq!(
        with(r#"{"T": 25, "coding": "direct"}"#).unwrap().coding,
        Coding::Direct
    );
    assert_eq!(
        with(r#"{"T": 25, "direct_coding": true}"#).unwrap().coding,
        Coding::Direct
    );
    assert_eq!(
        with(r#"{"coding": "direct", "direct_coding": false}"#)
            .unwrap()
            .coding,
        Coding::Rate
    );
    assert_eq!(
        with(r#"{"coding": "direct", "direct_coding": null}"#)
            .unwrap()
            .coding,
        Coding::Direct
    );
    assert_eq!(with(r#"{"T": 25}"#).unwrap().steps, 25);
    let flags = with(r#"{"augment": false, "random_test": true}"#).unwrap();
    assert!(!flags.augment && flags.random_test);
    assert!(
        with(r#"{"compat": "neurotrain", "random_test": null}"#)
            .unwrap()
            .random_test
    );
    assert!(
        !with(r#"{"compat": "neurotrain", "random_test": false}"#)
            .unwrap()
            .random_test
    );
    assert!(!with(r#"{"compat": "recommended"}"#).unwrap().random_test);
    assert!(
        with(r#"{"coding": "morse"}"#)
            .unwrap_err()
            .message()
            .contains("morse")
    );
    assert!(with(r#"{"T": -1}"#).is_err());
}
