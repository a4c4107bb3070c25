//! Real recordings, decoded and framed as tonic does.

use crate::support::{config, epoch, inputs, session};
use neurotrain_data_files::testing::shared_data;
use neurotrain_data_nmnist::NMnist;
use neurotrain_loader::{Loader, LoaderConfig, Split};
use neurotrain_plugin_api::export::{Exported, RStr, open_dataset};
use neurotrain_plugin_api::{Config, Dataset};
use neurotrain_tensor::{Callbacks, DataDirs, RealType, Services};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

const STEPS: usize = 10;

/// A way to make frames: tonic's name and amount of it, noise filter, whether polarities are merged, the side of a
/// square of pixels, and the same as parameters.
type Way = (
    &'static str,
    usize,
    u64,
    bool,
    usize,
    &'static [(&'static str, &'static str)],
);

/// The hundred test recordings of the reference data, unpacked; none where they or the means are missing.
fn recordings(dir: &Path) -> Option<PathBuf> {
    let shared = shared_data(env!("CARGO_MANIFEST_DIR"))?;
    let unpacked = Command::new("tar")
        .arg("-xJf")
        .arg(shared.join("nmnist-small.tar.xz"))
        .arg("-C")
        .arg(dir)
        .status();
    if !unpacked.is_ok_and(|status| status.success()) {
        println!("skipped: no tar with xz");
        return None;
    }
    std::fs::rename(dir.join("nmnist-small"), dir.join("NMNIST")).unwrap();
    Some(dir.join("NMNIST").join("Test"))
}

/// Files in the order of samples.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for digit in std::fs::read_dir(folder).unwrap() {
        let digit = digit.unwrap().path();
        if digit.is_dir() {
            files.extend(std::fs::read_dir(digit).unwrap().map(|file| file.unwrap().path()));
        }
    }
    files.retain(|file| file.extension().is_some_and(|e| e == "bin"));
    files.sort();
    files
}

fn open(dir: &Path, settings: &[(&str, &str)]) -> Loader {
    let session = session(RealType::F32);
    let dir = dir.to_owned();
    let callbacks = Callbacks {
        data_dirs: Box::new(move |_| {
            Ok(DataDirs {
                dirs: vec![dir.clone()],
                bundled: None,
            })
        }),
        ..Callbacks::default()
    };
    let mut params = Config::defaults(&NMnist::manifest().params);
    for (key, value) in settings {
        match value.parse::<i64>() {
            Ok(number) => params.set(key, number),
            Err(_) => params.set(key, *value),
        }
    }
    let opened = open_dataset(
        &[Exported::dataset::<NMnist>()],
        RStr::from_str(NMnist::KEY),
        RStr::from_str(&params.to_json()),
        Services::new(session.clone(), callbacks),
    );
    let config = LoaderConfig {
        steps: STEPS,
        ..config()
    };
    let config = config.with_params(&params).unwrap();
    Loader::open(opened.into_result().unwrap(), &session, config).unwrap()
}

#[test]
fn real_recordings_are_framed_as_tonic_does() {
    let Some(python) = std::env::var_os("NEUROTRAIN_PEERS_PYTHON") else {
        println!("skipped: NEUROTRAIN_PEERS_PYTHON names no Python interpreter with tonic");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let Some(folder) = recordings(dir.path()) else {
        return;
    };
    let files = files(&folder);
    assert_eq!(files.len(), 100);
    // NeuroTrain's way, and one of each other kind.
    let ways: [Way; 4] = [
        ("n_time_bins", STEPS, 10_000, false, 1, &[]),
        (
            "n_event_bins",
            STEPS,
            0,
            false,
            2,
            &[
                ("framing", "event_bins"),
                ("denoise", "0"),
                ("downsample", "2"),
                ("frame_values", "count"),
            ],
        ),
        (
            "time_window",
            30_000,
            5_000,
            true,
            1,
            &[
                ("framing", "time_window"),
                ("frame_us", "30000"),
                ("denoise", "5000"),
                ("polarities", "merged"),
                ("frame_values", "count"),
            ],
        ),
        (
            "event_count",
            300,
            10_000,
            false,
            4,
            &[
                ("framing", "event_count"),
                ("frame_events", "300"),
                ("downsample", "4"),
            ],
        ),
    ];
    for (slicing, amount, denoise, merged, side, settings) in ways {
        // Five of them: tonic takes its time.
        let compared: Vec<&PathBuf> = files.iter().step_by(20).collect();
        let cases: Vec<_> = compared
            .iter()
            .map(|file| {
                json!({
                    "file": file, "height": 34, "width": 34, "denoise": denoise, "merged": merged,
                    "slicing": slicing, "amount": amount, "downsample": side,
                })
            })
            .collect();
        let (source, target) = (dir.path().join("cases.json"), dir.path().join("frames.json"));
        std::fs::write(&source, serde_json::to_vec(&cases).unwrap()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/framing.py");
        let run = Command::new(&python)
            .arg(script)
            .arg("cases")
            .args([&source, &target])
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let theirs: Vec<serde_json::Value> =
            serde_json::from_slice(&std::fs::read(&target).unwrap()).unwrap();
        let loader = open(dir.path(), settings);
        let ours = inputs(&epoch(&loader, Split::Test, 0));
        let binary = loader.config().framing.binary;
        let cells: usize = loader.info().shape.iter().product();
        for (i, theirs) in theirs.iter().enumerate() {
            let frames = (theirs["frames"].as_u64().unwrap() as usize).min(STEPS);
            let values = theirs["values"].as_array().unwrap().iter();
            let values = values.map(|v| v.as_f64().unwrap() as f32);
            let mut wanted: Vec<f32> = values
                .take(frames * cells)
                .map(|v| if binary { v.clamp(0.0, 1.0) } else { v })
                .collect();
            wanted.resize(STEPS * cells, 0.0);
            let found = &ours[&(20 * i as u64)];
            assert!(
                found.iter().sum::<f32>() > 10.0,
                "{slicing}: {}",
                compared[i].display()
            );
            assert!(*found == wanted, "{slicing}: {}", compared[i].display());
        }
    }
}
