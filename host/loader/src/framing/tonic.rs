//! The same frames as tonic's, on recordings that are made up.

use super::tests::{OFF, batch, frames};
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{EventFraming, Slicing};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const SENSOR: [usize; 2] = [9, 12];
const STEPS: usize = 10;

/// Events in bursts, so that the noise filter keeps some and drops others.
fn recording(seed: u64, n: usize, spread: u64) -> Vec<(i64, u16, u16, u8)> {
    let mut random = Stream::new(seed, "test.tonic", 0);
    let mut below = |n: u64| random.below(n);
    let mut t = below(20_000) as i64;
    (0..n)
        .map(|_| {
            t += below(spread) as i64;
            (t, below(12) as u16, below(9) as u16, below(2) as u8)
        })
        .collect()
}

#[test]
fn frames_equal_those_of_tonic() {
    let Some(python) = std::env::var_os("NEUROTRAIN_PEERS_PYTHON") else {
        println!("skipped: NEUROTRAIN_PEERS_PYTHON names no Python interpreter with tonic");
        return;
    };
    let recordings = [
        recording(1, 400, 500),
        recording(2, 400, 9_000),
        recording(3, 60, 40_000),
        recording(4, 7, 3),
        recording(5, 1, 2),
    ];
    let slicings = [
        (Slicing::TimeBins, "n_time_bins", STEPS),
        (Slicing::EventBins, "n_event_bins", STEPS),
        (Slicing::TimeWindow(20_000), "time_window", 20_000),
        (Slicing::EventCount(13), "event_count", 13),
    ];
    let mut cases = Vec::new();
    for events in &recordings {
        for (slicing, name, amount) in slicings {
            for (denoise, merged, side) in
                [(None, false, 1), (Some(10_000), false, 2), (Some(3_000), true, 4)]
            {
                let framing = EventFraming {
                    slicing,
                    denoise,
                    binary: false,
                    merge_polarities: merged,
                    downsample: side,
                    ..OFF
                };
                let list = |f: fn(&(i64, u16, u16, u8)) -> i64| events.iter().map(f).collect::<Vec<_>>();
                let case = json!({
                    "t": list(|e| e.0), "x": list(|e| e.1.into()), "y": list(|e| e.2.into()),
                    "p": list(|e| e.3.into()), "height": SENSOR[0], "width": SENSOR[1],
                    "denoise": denoise, "merged": merged, "slicing": name, "amount": amount,
                    "downsample": side,
                });
                cases.push((framing, events, case));
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("cases.json"), dir.path().join("frames.json"));
    let list: Vec<&Value> = cases.iter().map(|(.., case)| case).collect();
    std::fs::write(&source, serde_json::to_vec(&list).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/framing.py");
    let run = Command::new(python)
        .arg(script)
        .arg("cases")
        .args([&source, &target])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let found: Vec<Value> = serde_json::from_slice(&std::fs::read(&target).unwrap()).unwrap();
    assert_eq!(found.len(), cases.len());
    let mut events_framed = 0.0;
    for ((framing, events, case), theirs) in cases.iter().zip(&found) {
        let ours = frames(*framing, STEPS, SENSOR, &batch(events)).concat();
        let n = theirs["frames"].as_u64().unwrap() as usize;
        let theirs: Vec<f32> = theirs["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_f64().unwrap() as f32)
            .collect();
        // tonic makes as many frames as a recording has; here it is always `STEPS`.
        let cells = theirs.len() / n;
        let mut wanted = theirs[..n.min(STEPS) * cells].to_vec();
        wanted.resize(STEPS * cells, 0.0);
        assert_eq!(ours, wanted, "{case}");
        // As NeuroTrain clamps tonic's frames.
        let clamped = EventFraming {
            clamp: Some(1),
            ..*framing
        };
        let binary = EventFraming {
            binary: true,
            ..*framing
        };
        let wanted: Vec<f32> = wanted.iter().map(|v| v.clamp(0.0, 1.0)).collect();
        for framing in [clamped, binary] {
            assert_eq!(
                frames(framing, STEPS, SENSOR, &batch(events)).concat(),
                wanted,
                "{case}"
            );
        }
        events_framed += ours.iter().sum::<f32>();
    }
    assert!(events_framed > 3000.0, "{events_framed}");
}
