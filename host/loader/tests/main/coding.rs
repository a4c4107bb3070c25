//! Spikes are a function of (seed, split, epoch, sample, element, step), and of nothing else.

use crate::support::{PIXELS, TEST, config, epoch, inputs, made_up};
use neurotrain_loader::{LoaderConfig, Split};
use std::collections::{BTreeMap, BTreeSet};

fn spikes(config: LoaderConfig, split: Split, e: u64) -> BTreeMap<u64, Vec<f32>> {
    inputs(&epoch(&made_up(&[], config), split, e))
}

#[test]
fn spikes_do_not_depend_on_the_batch_around_a_sample() {
    for split in Split::ALL {
        let expected = spikes(config(), split, 1);
        for batch_size in [1, 7, 50, 1000] {
            assert_eq!(
                spikes(
                    LoaderConfig {
                        batch_size,
                        ..config()
                    },
                    split,
                    1
                ),
                expected
            );
        }
    }
}

#[test]
fn spikes_do_not_depend_on_threads_or_loading_ahead() {
    let expected = spikes(
        LoaderConfig {
            batch_size: 64,
            ..config()
        },
        Split::Train,
        0,
    );
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let found = pool.install(|| {
            spikes(
                LoaderConfig {
                    batch_size: 64,
                    ..config()
                },
                Split::Train,
                0,
            )
        });
        assert_eq!(found, expected);
    }
    for prefetch in 1..=4 {
        assert_eq!(
            spikes(
                LoaderConfig {
                    batch_size: 64,
                    prefetch,
                    ..config()
                },
                Split::Train,
                0
            ),
            expected
        );
    }
}

#[test]
fn batches_loaded_ahead_equal_those_loaded_on_demand() {
    let on_demand = made_up(&[], config());
    let ahead = made_up(
        &[],
        LoaderConfig {
            prefetch: 2,
            ..config()
        },
    );
    for split in Split::ALL {
        let (a, b) = (epoch(&on_demand, split, 4), epoch(&ahead, split, 4));
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(&b) {
            assert_eq!(a.input.event_index().unwrap(), b.input.event_index().unwrap());
            assert_eq!(
                (&a.label_values, &a.samples, a.index),
                (&b.label_values, &b.samples, b.index)
            );
        }
    }
}

#[test]
fn a_longer_sequence_begins_like_a_shorter_one() {
    let short = spikes(LoaderConfig { steps: 5, ..config() }, Split::Test, 0);
    let long = spikes(
        LoaderConfig {
            steps: 40,
            ..config()
        },
        Split::Test,
        0,
    );
    for (sample, spikes) in short {
        assert_eq!(spikes, long[&sample][..5 * PIXELS]);
    }
}

#[test]
fn training_noise_is_drawn_anew_each_epoch_and_test_noise_is_not() {
    assert_ne!(
        spikes(config(), Split::Train, 0),
        spikes(config(), Split::Train, 1)
    );
    for split in [Split::Validation, Split::Test] {
        assert_eq!(spikes(config(), split, 0), spikes(config(), split, 1));
        let random = LoaderConfig {
            random_test: true,
            ..config()
        };
        assert_ne!(spikes(random.clone(), split, 0), spikes(random.clone(), split, 1));
        assert_eq!(spikes(random.clone(), split, 1), spikes(random, split, 1));
    }
    assert_ne!(
        spikes(config(), Split::Test, 0),
        spikes(LoaderConfig { seed: 10, ..config() }, Split::Test, 0)
    );
}

#[test]
fn samples_of_equal_content_have_noise_of_their_own() {
    let all = spikes(
        LoaderConfig {
            steps: 64,
            ..config()
        },
        Split::Test,
        0,
    );
    // The last element has one value in all samples.
    let trains: BTreeSet<Vec<bool>> = all
        .values()
        .map(|v| v.chunks(PIXELS).map(|step| step[PIXELS - 1] == 1.0).collect())
        .collect();
    assert_eq!(trains.len(), TEST as usize);
}

#[test]
fn bytes_and_reals_of_one_value_spike_alike() {
    let bytes = inputs(&epoch(&made_up(&[], config()), Split::Test, 0));
    let reals = inputs(&epoch(&made_up(&[("reals", "yes")], config()), Split::Test, 0));
    assert_eq!(bytes, reals);
}
