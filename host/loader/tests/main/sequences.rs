//! Data with time steps of its own.

use crate::support::{MadeUp, PIXELS, config, dataset, epoch, inputs, made_up, session, stored};
use neurotrain_loader::{Coding, DeltaCode, Loader, LoaderConfig, Split};
use neurotrain_plugin_api::Config;
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

/// Frames of a data set are coded where the coding is delta: events where there are no falls, else values of -1, 0, 1.
#[test]
fn changes_of_frames_are_spikes() {
    for off_spikes in [false, true] {
        let code = DeltaCode {
            threshold: 0.2,
            off_spikes,
            padding: false,
            sent: false,
        };
        let delta = LoaderConfig {
            coding: Coding::Delta(code),
            ..three()
        };
        let batches = epoch(
            &made_up(&[("kind", "frames"), ("frames", "grey")], delta),
            Split::Test,
            0,
        );
        assert!(
            batches
                .iter()
                .all(|b| b.input.event_index().is_none() == off_spikes)
        );
        let value = |sample, t, e| f64::from(stored("test", sample + t, e)) / 255.0;
        for (sample, values) in inputs(&batches) {
            for (i, spike) in values.iter().enumerate() {
                let (t, e) = ((i / PIXELS) as u64, i % PIXELS);
                let before = if t == 0 { 0.0 } else { value(sample, t - 1, e) };
                let change = value(sample, t, e) - before;
                let wanted = if change >= 0.2 {
                    1.0
                } else if off_spikes && change <= -0.2 {
                    -1.0
                } else {
                    0.0
                };
                assert_eq!(*spike, wanted, "{sample} {t} {e}");
            }
        }
    }
}

/// A static image through every coding by time: the batch around a sample does not matter.
#[test]
fn static_images_are_coded_sample_by_sample() {
    let with = |json: &str, batch_size| {
        let config = LoaderConfig {
            batch_size,
            ..config()
        };
        let config = config.with_params(&Config::from_json(json).unwrap()).unwrap();
        let batches = epoch(&made_up(&[], config), Split::Test, 0);
        assert!(
            batches
                .iter()
                .all(|b| b.input.event_index().is_some() && !b.constant_input)
        );
        inputs(&batches)
    };
    for json in [
        r#"{"coding": "latency"}"#,
        r#"{"coding": "latency", "latency_linear": true, "latency_clip": false}"#,
        r#"{"coding": "burst", "burst_spikes": 3, "burst_max_interval": 2}"#,
        r#"{"coding": "delta", "delta_reference": "sent"}"#,
    ] {
        let all = with(json, 1000);
        assert!(all.values().flatten().any(|v| *v == 1.0), "{json}");
        for batch_size in [1, 16] {
            assert_eq!(with(json, batch_size), all, "{json}");
        }
    }
    for json in [
        r#"{"coding": "latency", "latency_threshold": 1.5}"#,
        r#"{"coding": "latency", "latency_tau": 0}"#,
        r#"{"coding": "burst", "burst_min_interval": 5, "burst_max_interval": 2}"#,
        r#"{"coding": "delta", "delta_reference": "next"}"#,
        r#"{"coding": "delta", "delta_threshold": -1}"#,
    ] {
        let fault = LoaderConfig::default().with_params(&Config::from_json(json).unwrap());
        assert_eq!(fault.unwrap_err().code(), "bad-config", "{json}");
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
