//! `--profile`: what it writes, and that it changes nothing.
#![allow(clippy::unwrap_used)]

use neurotrain_archive::{open_run, same_results};
use neurotrain_tests::{Program, archives_below};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn train(host: &Program, out: &str, rule: [&str; 2], more: &[&str]) -> (PathBuf, String) {
    let [trainer, model] = rule;
    let mut args = vec![
        "train",
        "--trainer",
        trainer,
        "--model",
        model,
        "--dataset",
        "digits",
        "--epochs",
        "2",
    ];
    args.extend([
        "--out",
        out,
        "--seed",
        "7",
        "--threads",
        "2",
        "--set",
        "dataset.T=6",
    ]);
    args.extend(["--set", "model.hidden_sizes=[48]"]);
    args.extend(more);
    let printed = host.run(args).expect(0).stdout;
    let archives = archives_below(&host.scratch().join(out));
    (archives.last().unwrap().parent().unwrap().to_owned(), printed)
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_profile_adds_up_and_changes_nothing() {
    for rule in [["bptt", "r_snn"], ["ottt", "fc_snn"]] {
        let host = Program::neurotrain();
        let (plain, _) = train(&host, "plain", rule, &[]);
        assert!(!plain.join("profile.txt").exists() && !plain.join("trace.json").exists());
        let (folder, printed) = train(&host, "profiled", rule, &["--profile=3"]);
        let same = same_results(&plain.join("run.h5"), &folder.join("run.h5")).unwrap();
        assert!(same.same(), "{rule:?}: {:?}", same.differences);

        let text = std::fs::read_to_string(folder.join("profile.txt")).unwrap();
        assert!(printed.contains(text.trim_end()), "the table is printed");
        table(&json(&folder.join("profile.json")), &folder);
        trace(&json(&folder.join("trace.json")));
    }
}

/// Shares add up, the layers are there, and the operations are those of the archive.
fn table(profile: &Value, folder: &Path) {
    let rows = profile["rows"].as_array().unwrap();
    let sum = |key: &str, of: &dyn Fn(&Value) -> bool| -> f64 {
        rows.iter()
            .filter(|row| of(row))
            .map(|row| row[key].as_f64().unwrap())
            .sum()
    };
    let all = |_: &Value| true;
    assert!((sum("share", &all) - 1.0).abs() < 1e-9);
    let seconds = profile["seconds"].as_f64().unwrap();
    assert!((sum("self_seconds", &all) - seconds).abs() < 1e-9);

    let stored = open_run(&folder.join("run.h5")).unwrap().record;
    let phases = [
        "forward product",
        "rule: own code",
        "waiting for data",
        "rule: tensor operations",
    ];
    // Product and sweep are one phase where they are fused.
    let starts = |name: &Value, phase: &str| name.as_str().is_some_and(|name| name.starts_with(phase));
    for phase in phases {
        assert!(
            rows.iter()
                .any(|row| row["stage"] == "training" && starts(&row["phase"], phase)),
            "{phase}"
        );
    }
    for stage in ["set-up", "validation", "test", "archive"] {
        assert!(rows.iter().any(|row| row["stage"] == stage), "{stage}");
    }
    // Where spikes feed spiking neurons, product and sweep are one.
    let of_product = |row: &Value| {
        row["stage"] == "training" && matches!(row["op"].as_str(), Some("product" | "product_sweep"))
    };
    let layers: BTreeSet<&str> = rows
        .iter()
        .filter(|r| of_product(r))
        .map(|r| r["layer"].as_str().unwrap())
        .collect();
    assert_eq!(layers, stored.layers.iter().map(String::as_str).collect());

    let operations = stored.totals.synaptic_operations.unwrap();
    let dense = operations.forward_dense + operations.learning_dense;
    let effective = operations.forward_effective + operations.learning_effective;
    assert_eq!(sum("dense_operations", &all) as u64, dense);
    assert_eq!(sum("effective_operations", &all) as u64, effective);

    // The phases that are always measured add up too, and agree with the profile.
    let measured = &stored.measured;
    let parts = measured
        .scalars
        .iter()
        .filter(|(name, _)| name.ends_with("_seconds"));
    let known: f64 = parts.map(|(_, value)| value).sum();
    assert!((known - measured.execution_seconds).abs() < 1e-9, "{measured:?}");
    let waited = sum("self_seconds", &|row| row["op"] == "data");
    assert!(waited <= measured.scalars["data_waiting_seconds"]);
}

/// Every span that begins ends, in order; batches of both phases are there, and no more than asked for.
fn trace(events: &Value) {
    let mut open: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    let mut begun: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events.as_array().unwrap() {
        let (name, thread) = (event["name"].as_str().unwrap(), event["tid"].as_u64().unwrap());
        match event["ph"].as_str().unwrap() {
            "B" => {
                open.entry(thread).or_default().push(name);
                *begun.entry(name).or_default() += 1;
            }
            "E" => assert_eq!(open.entry(thread).or_default().pop(), Some(name)),
            other => assert_eq!(other, "M"),
        }
    }
    assert!(open.values().all(Vec::is_empty), "{open:?}");
    assert_eq!(begun["training batch"], 3);
    assert!((1..=3).contains(&begun["validation batch"]));
    assert!(!begun.contains_key("test batch"), "one evaluation");
    for name in [
        "run",
        "set-up",
        "training",
        "validation",
        "test",
        "archive",
        "data",
        "rule",
    ] {
        assert!(begun.contains_key(name), "{name}: {begun:?}");
    }
    let of_layer = |name: &&str| name.starts_with("product") && name.contains(' ');
    assert!(begun.keys().any(of_layer), "{begun:?}");
}

#[test]
fn a_finished_run_without_a_profile_is_done_again() {
    let host = Program::neurotrain();
    let runs = |more: &[&str]| {
        train(&host, "out", ["bptt", "fc_snn"], more);
        archives_below(&host.scratch().join("out")).len()
    };
    assert_eq!(runs(&[]), 1);
    assert_eq!(runs(&[]), 1);
    assert_eq!(runs(&["--profile"]), 2);
    assert_eq!(runs(&["--profile"]), 2);
}
