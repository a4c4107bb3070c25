//! Data with time steps of its own.

use crate::support::{MadeUp, PIXELS, config, dataset, epoch, inputs, made_up, session, stored};
use neurotrain_loader::{Loader, LoaderConfig, Split};
use neurotrain_tensor::RealType;

fn three() -> LoaderConfig {
    LoaderConfig { steps: 3, ..config() }
}

#[test]
fn binary_frames_become_events_with_time_first() {
    let batches = epoch(
        &made_up(&[("kind", "frames"), ("frames", "binary")], three()),
        Split::Test,
        0,
    );
    assert!(
        batches
            .iter()
            .all(|b| b.input.event_index().is_some() && !b.constant_input)
    );
    for (sample, values) in inputs(&batches) {
        for (i, value) in values.iter().enumerate() {
            let (t, e) = ((i / PIXELS) as u64, i % PIXELS);
            assert_eq!(*value == 1.0, stored("test", sample + t, e) > 100);
        }
    }
}

#[test]
fn other_frames_stay_dense() {
    let batches = epoch(
        &made_up(&[("kind", "events"), ("frames", "grey")], three()),
        Split::Test,
        0,
    );
    assert!(
        batches
            .iter()
            .all(|b| b.input.event_index().is_none() && !b.constant_input)
    );
    for (sample, values) in inputs(&batches) {
        for (i, value) in values.iter().enumerate() {
            let (t, e) = ((i / PIXELS) as u64, i % PIXELS);
            assert_eq!(*value, (f64::from(stored("test", sample + t, e)) / 255.0) as f32);
        }
    }
}

#[test]
fn a_wrong_number_of_steps_is_explained() {
    let session = session(RealType::F32);
    let settings = [("kind", "frames"), ("frames", "grey")];
    let loader = Loader::open(dataset::<MadeUp>(&session, &settings), &session, config()).unwrap();
    let error = loader.epoch(Split::Test, 0).unwrap().next().unwrap().unwrap_err();
    assert_eq!(error.code(), "bad-config");
    assert!(
        error
            .to_string()
            .contains("`T` is 4, but the samples of the data set have 3 time steps"),
        "{error}"
    );
}
