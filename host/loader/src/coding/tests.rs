use super::*;
use crate::rate::Spikes;
use crate::source::Values;
use neurotrain_plugin_api::DatasetInfo;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const LATENCY: LatencyCode = LatencyCode {
    threshold: 0.01,
    tau: 1.0,
    linear: false,
    normalize: true,
    clip: true,
};
const BURST: BurstCode = BurstCode {
    max_spikes: 5,
    min_interval: 2,
    max_interval: None,
};
const DELTA: DeltaCode = DeltaCode {
    threshold: 0.1,
    off_spikes: false,
    padding: false,
    sent: false,
};

/// Spikes `[T][elements]` of a sample.
fn spikes(coding: Coding, steps: usize, values: Values) -> Vec<Vec<f32>> {
    let info = DatasetInfo {
        shape: vec![1, values.len()],
        scale: if matches!(values, Values::Bytes(_)) {
            1.0 / 255.0
        } else {
            1.0
        },
        ..DatasetInfo::default()
    };
    let len = values.len();
    let events = TimedCoder::new(coding, &info, steps)
        .unwrap()
        .encode(&values, 1)
        .unwrap();
    assert_eq!((events.rows, events.cols), (steps, len));
    (0..steps)
        .map(|t| {
            let mut frame = vec![0.0; len];
            let row = &events.index[events.offsets[t] as usize..events.offsets[t + 1] as usize];
            assert!(row.windows(2).all(|w| w[0] < w[1]));
            row.iter().for_each(|i| frame[*i as usize] = 1.0);
            frame
        })
        .collect()
}

/// The steps at which element `i` spikes.
fn times(spikes: &[Vec<f32>], i: usize) -> Vec<usize> {
    (0..spikes.len()).filter(|t| spikes[*t][i] == 1.0).collect()
}

/// The examples of snnTorch's documentation.
#[test]
fn examples_of_latency() {
    let linear = LatencyCode {
        linear: true,
        ..LATENCY
    };
    let found = spikes(Coding::Latency(linear), 5, Values::Reals(vec![0.02, 0.5, 1.0]));
    assert_eq!(
        (0..3).map(|i| times(&found, i)).collect::<Vec<_>>(),
        [vec![4], vec![2], vec![0]]
    );
    // Times of 4.0, 0.1166 and 0.0580 steps.
    let found = spikes(Coding::Latency(LATENCY), 5, Values::Reals(vec![0.0, 0.5, 1.0]));
    assert_eq!(
        (0..3).map(|i| times(&found, i)).collect::<Vec<_>>(),
        [vec![], vec![0], vec![0]]
    );
    let all = LatencyCode {
        clip: false,
        ..LATENCY
    };
    let found = spikes(Coding::Latency(all), 5, Values::Reals(vec![0.0, 0.5, 1.0]));
    assert_eq!(times(&found, 0), [4]);
}

#[test]
fn bursts_have_number_and_distance() {
    let found = spikes(Coding::Burst(BURST), 10, Values::Reals(vec![0.0, 0.1, 0.5, 1.0]));
    let all: Vec<_> = (0..4).map(|i| times(&found, i)).collect();
    // ⌈5 x⌉ spikes at a distance of ⌈10 - 8 x⌉.
    assert_eq!(all, [vec![], vec![0], vec![0, 6], vec![0, 2, 4, 6, 8]]);
    let near = BurstCode {
        max_interval: Some(3),
        ..BURST
    };
    let found = spikes(Coding::Burst(near), 10, Values::Reals(vec![0.5]));
    assert_eq!(times(&found, 0), [0, 3, 6]);
}

#[test]
fn changes_are_spikes() {
    let of = |code, values: &[f32]| {
        let mut values = values.to_vec();
        differences(code, &mut values, 1);
        values
    };
    let one = DeltaCode {
        threshold: 1.0,
        ..DELTA
    };
    // The examples of snnTorch's documentation.
    assert_eq!(of(one, &[1., 2., 2.9, 3., 3.9]), [1., 1., 0., 0., 0.]);
    let padded = DeltaCode { padding: true, ..one };
    assert_eq!(of(padded, &[1., 2., 2.9, 3., 3.9]), [0., 1., 0., 0., 0.]);
    let both = DeltaCode {
        off_spikes: true,
        ..one
    };
    assert_eq!(of(both, &[1., 2., 0., 2., 2.9]), [1., 1., -1., 1., 0.]);
    // What was sent: 1, 2, 3, 4.
    let sent = DeltaCode { sent: true, ..one };
    assert_eq!(of(sent, &[1., 4., 4., 4., 4.]), [1., 1., 1., 1., 0.]);
    // A static value appears once, or is told step by step.
    let seen = spikes(Coding::Delta(DELTA), 6, Values::Reals(vec![0.05, 0.1, 0.35]));
    assert_eq!(
        (0..3).map(|i| times(&seen, i).len()).collect::<Vec<_>>(),
        [0, 1, 1]
    );
    let told = DeltaCode { sent: true, ..DELTA };
    let seen = spikes(Coding::Delta(told), 6, Values::Reals(vec![0.05, 0.1, 0.35]));
    assert_eq!(
        (0..3).map(|i| times(&seen, i).len()).collect::<Vec<_>>(),
        [0, 1, 3]
    );
}

proptest! {
    #[test]
    fn larger_values_spike_earlier_and_once(
        mut values in prop::collection::vec(any::<u8>(), 1..40), steps in 1..50_usize, tau in 0.1..20.0_f32,
        threshold in 0.001..0.9_f32, linear: bool, normalize: bool, clip: bool,
    ) {
        values.sort_unstable();
        let code = LatencyCode { threshold, tau, linear, normalize, clip };
        let found = spikes(Coding::Latency(code), steps, Values::Bytes(values.clone()));
        let mut latest = steps;
        for (i, byte) in values.iter().enumerate() {
            let at = times(&found, i);
            let value = f32::from(*byte) / 255.0;
            prop_assert!(at.len() <= 1);
            prop_assert!(!(clip && value < threshold) || at.is_empty());
            if normalize && !clip {
                prop_assert_eq!(at.len(), 1);
            }
            if let Some(at) = at.first() {
                prop_assert!(*at <= latest);
                latest = *at;
            }
        }
    }

    #[test]
    fn bytes_and_reals_are_coded_alike(
        values in prop::collection::vec(any::<u8>(), 1..40), steps in 1..30_usize, which in 0..4,
    ) {
        let coding = match which {
            0 => Coding::Latency(LATENCY),
            1 => Coding::Latency(LatencyCode { normalize: false, tau: 3.0, ..LATENCY }),
            2 => Coding::Burst(BURST),
            _ => Coding::Delta(DeltaCode { sent: true, ..DELTA }),
        };
        let reals = values.iter().map(|b| (f64::from(*b) / 255.0) as f32).collect();
        prop_assert_eq!(
            spikes(coding, steps, Values::Bytes(values)),
            spikes(coding, steps, Values::Reals(reals))
        );
    }

    #[test]
    fn larger_values_have_longer_bursts(
        mut values in prop::collection::vec(0.0..=1.0_f32, 1..40), steps in 1..50_usize, most in 1..20_u32,
        near in 1..10_u32, far in prop_oneof![Just(None), (10..40_u32).prop_map(Some)],
    ) {
        values.sort_by(f32::total_cmp);
        let code = BurstCode { max_spikes: most, min_interval: near, max_interval: far };
        let found = spikes(Coding::Burst(code), steps, Values::Reals(values.clone()));
        let mut before = 0;
        for (i, value) in values.iter().enumerate() {
            let at = times(&found, i);
            prop_assert_eq!(at.is_empty(), *value == 0.0);
            prop_assert!(at.len() <= most as usize && at.len() >= before);
            prop_assert!(at.windows(2).all(|w| w[1] - w[0] >= near as usize));
            before = at.len();
        }
    }

    /// A receiver that adds up what was sent follows a value that changes by less than the threshold.
    #[test]
    fn what_was_sent_follows_the_value(changes in prop::collection::vec(-0.09..0.09_f64, 1..100)) {
        let code = DeltaCode { sent: true, off_spikes: true, ..DELTA };
        let mut value = 0.0;
        let values: Vec<f64> = changes.iter().map(|c| { value += c; value }).collect();
        let mut sent = values.clone();
        differences(code, &mut sent, 1);
        let mut told = 0.0;
        for (spike, value) in sent.iter().zip(values) {
            told += spike * 0.1;
            prop_assert!((told - value).abs() < 0.1 + 1e-6);
        }
    }

    /// Differences of whole frames are those of each element, whatever the layout.
    #[test]
    fn elements_change_on_their_own(
        frames in prop::collection::vec(prop::array::uniform3(0.0..1.0_f32), 1..20),
        off_spikes: bool, padding: bool, sent: bool,
    ) {
        let code = DeltaCode { off_spikes, padding, sent, ..DELTA };
        let mut together = frames.concat();
        differences(code, &mut together, 3);
        for i in 0..3 {
            let mut alone: Vec<f32> = frames.iter().map(|frame| frame[i]).collect();
            differences(code, &mut alone, 1);
            let among: Vec<f32> = together.iter().skip(i).step_by(3).copied().collect();
            prop_assert_eq!(alone, among);
        }
    }
}

#[test]
fn spikes_equal_those_of_snntorch() {
    let Some(python) = std::env::var_os("NEUROTRAIN_PEERS_PYTHON") else {
        println!("skipped: NEUROTRAIN_PEERS_PYTHON names no Python interpreter with snnTorch");
        return;
    };
    let bytes: Vec<u8> = (0..=255).collect();
    let values: Vec<f32> = bytes.iter().map(|b| (f64::from(*b) / 255.0) as f32).collect();
    // Frames [T, 32] that rise and fall.
    let moving: Vec<f32> = (0..320)
        .map(|i| (values[(i * 37) % 256] + (i / 32) as f32 * 0.05) % 1.0)
        .collect();
    let (mut cases, mut ours) = (Vec::new(), Vec::new());
    for steps in [1, 5, 10, 25, 100] {
        for (linear, normalize) in [(false, false), (false, true), (true, false), (true, true)] {
            for (threshold, tau, clip) in [(0.01, 1.0, false), (0.01, 5.0, true), (0.2, 3.0, true)] {
                let code = LatencyCode {
                    threshold,
                    tau,
                    linear,
                    normalize,
                    clip,
                };
                cases.push(json!({
                    "code": "latency", "values": values, "steps": steps, "threshold": f64::from(threshold),
                    "tau": tau, "linear": linear, "normalize": normalize, "clip": clip,
                }));
                ours.push(spikes(Coding::Latency(code), steps, Values::Bytes(bytes.clone())).concat());
            }
        }
    }
    for (padding, off_spikes) in [(false, false), (true, false), (false, true), (true, true)] {
        for threshold in [0.1, 0.25] {
            let code = DeltaCode {
                threshold,
                off_spikes,
                padding,
                sent: false,
            };
            cases.push(json!({
                "code": "delta", "values": moving, "steps": 10, "threshold": f64::from(threshold),
                "padding": padding, "off_spikes": off_spikes,
            }));
            let mut values = moving.clone();
            differences(code, &mut values, 32);
            ours.push(values);
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("cases.json"), dir.path().join("spikes.json"));
    std::fs::write(&source, serde_json::to_vec(&cases).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/coding.py");
    let run = Command::new(python)
        .arg(script)
        .args([&source, &target])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let theirs: Vec<Vec<f32>> = serde_json::from_slice(&std::fs::read(&target).unwrap()).unwrap();
    assert_eq!(theirs.len(), ours.len());
    for ((case, theirs), ours) in cases.iter().zip(&theirs).zip(&ours) {
        let shown: Value = case["code"].clone();
        let differing = theirs.iter().zip(ours).filter(|(a, b)| a != b).count();
        assert_eq!((theirs.len(), differing), (ours.len(), 0), "{shown} {case}");
    }
}

#[test]
fn spikes_of_no_element_are_none() {
    let coder = TimedCoder::new(
        Coding::Burst(BURST),
        &DatasetInfo {
            shape: vec![1, 4],
            scale: 1.0,
            ..DatasetInfo::default()
        },
        3,
    );
    let events = coder.unwrap().encode(&Values::Reals(vec![0.0; 8]), 2).unwrap();
    assert_eq!((events.rows, events.index.len()), (6, 0));
    assert_eq!(Spikes::with_room(1, 1).index.len(), 0);
}
