//! How a run is shown.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{parameters, record};
use neurotrain_archive::{Measured, open_run, render_json, render_text, write_run, write_run_measured};

#[test]
fn the_text_says_what_matters() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    write_run(&path, &record(), &parameters()).unwrap();
    let text = render_text(&open_run(&path).unwrap());
    println!("{text}");
    for line in [
        "  status     completed",
        "  samples    54000 train, 6000 validation, 10000 test",
        "  protocol   honest, test split evaluated once",
        "  variant    subset of 6,000 images",
        "  NIR graph  present (version 1.0.8)",
        "  test accuracy        0.9123",
        "  memory footprint     219.9 kB",
        "  operations learning  42 effective of 987 dense",
        "  2                0.85        0.35                 0.84            0.375               0.1     0.25",
        "  2              -          -",
        "  classifier/0           [2, 3]   f64      48 B     rule, trained",
        "  feedback.0           [64, 10]   f32    2.6 kB       rule, fixed",
        "  trainer.lr   0.001   (default of eprop)",
        "  cpu          AMD EPYC 7571",
        "  trainer      key = neurotrain-trainer 0.1.0, libtrainer.so",
        "               sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ] {
        assert!(text.contains(&format!("{line}\n")), "missing: {line}");
    }
}

#[test]
fn seconds_are_shares_of_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    let measured = || Measured {
        execution_seconds: 8.0,
        scalars: [
            ("training_seconds", 6.0),
            ("peak_tensor_bytes", 4096.0),
            ("steps", 3.0),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into(),
    };
    // What was measured in the end is stored, not what the record says.
    write_run_measured(&path, &record(), &parameters(), measured).unwrap();
    let run = open_run(&path).unwrap();
    assert_eq!(run.record.measured, measured());
    let text = render_text(&run);
    for (name, value) in [
        ("training", "6 s (75.0 %)"),
        ("peak_tensor", "4.1 kB"),
        ("steps", "3"),
    ] {
        let shown = text.lines().any(|line| {
            let line = line.trim_start();
            line.starts_with(name) && line.ends_with(value)
        });
        assert!(shown, "{name}: {text}");
    }
}

#[test]
fn the_json_has_everything() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    write_run(&path, &record(), &parameters()).unwrap();
    let run = open_run(&path).unwrap();
    let json = render_json(&run).unwrap();
    assert_eq!(
        serde_json::from_value::<neurotrain_archive::RunRecord>(json["run"].clone()).unwrap(),
        record()
    );
    assert_eq!(json["parameters"][0]["name"], "synapses.0.weight");
    assert_eq!(json["nir"]["state"], "present");
    assert_eq!(json["schema_version"], "1.0");
}
