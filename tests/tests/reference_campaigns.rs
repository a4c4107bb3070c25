//! NeuroTrain's campaign files, taken as they are, make the experiments that NeuroTrain makes of them: names, triples,
//! values and ranges. Needs a checkout of NeuroTrain (`NEUROTRAIN_REFERENCE`) and a Python with PyYAML
//! (`NEUROTRAIN_PYTHON`).

use neurotrain_tests::{Program, workspace_root};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Parameters that are null until told otherwise, whose value `compat` decides inside the rule: golden traces test them.
const BY_COMPAT: [&str; 4] = ["lr", "alpha", "vth", "use_optimizer"];
/// Spellings that NeuroTrain has and this program has under another name, or needs not.
const ELSEWHERE: [&str; 3] = ["name", "direct_coding", "data_root"];

fn files(reference: &Path) -> Vec<PathBuf> {
    let config = reference.join("config");
    let mut files = Vec::new();
    for folder in [config.clone(), config.join("benchmarking"), config.join("vgg9")] {
        let entries = std::fs::read_dir(folder).expect("a checkout of NeuroTrain");
        files.extend(
            entries
                .map(|entry| entry.expect("an entry").path())
                .filter(|path| path.extension().is_some_and(|e| e == "yaml")),
        );
    }
    files.sort();
    files
}

/// What NeuroTrain makes of each file.
fn theirs(reference: &Path, python: &str, files: &[PathBuf]) -> BTreeMap<PathBuf, Vec<Value>> {
    let script = workspace_root().join("tests/peers/campaigns.py");
    let output = Command::new(python)
        .arg(script)
        .arg(reference)
        .args(files)
        .output()
        .expect("Python runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn ours(host: &Program, file: &Path) -> Vec<Value> {
    let file = file.to_str().expect("UTF-8");
    let args = [
        "config",
        "show",
        file,
        "--json",
        "--set",
        "runtime.protocol=neurotrain",
    ];
    serde_json::from_str(&host.run(args).expect(0).stdout).expect("JSON")
}

/// What differs in the values and ranges of one component.
fn differences(
    kind: &str,
    theirs: &Map<String, Value>,
    ours: &Value,
    space: &Value,
    searched: bool,
) -> Vec<String> {
    let config = ours[format!("{kind}_config")]
        .as_object()
        .expect("a configuration");
    let mut found = Vec::new();
    for (key, said) in theirs {
        // NeuroTrain drops what is null; what this component does not have is warned of, elsewhere tested.
        let Some(value) = config.get(key) else { continue };
        if ELSEWHERE.contains(&key.as_str()) || said.is_null() {
            continue;
        }
        let block = said.get("value").map(|_| said);
        let wanted = block.map_or(said, |block| &block["value"]);
        let by_compat = value.is_null() && kind == "trainer" && BY_COMPAT.contains(&key.as_str());
        if !wanted.is_null() && !same(wanted, value) && !by_compat {
            found.push(format!("{kind}.{key}: {value} instead of {wanted}"));
        }
        let explored = &space[format!("{kind}.{key}")];
        let open = searched && block.is_some_and(|block| !block["type"].is_null());
        if open == explored.is_null() {
            found.push(format!("{kind}.{key}: explored {explored} instead of {said}"));
        } else if let Some(block) = block.filter(|_| open) {
            for (name, default) in [
                ("min", Value::Null),
                ("max", Value::Null),
                ("log", false.into()),
                ("step", Value::Null),
            ] {
                let wanted = block.get(name).cloned().unwrap_or(default);
                let left_out = wanted == 1 && explored[name].is_null();
                if !left_out && !same(&wanted, &explored[name]) {
                    found.push(format!(
                        "{kind}.{key}: {name} {} instead of {wanted}",
                        explored[name]
                    ));
                }
            }
        }
    }
    found
}

/// Equal, whatever the type of the number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

#[test]
fn the_files_of_the_reference_make_its_experiments() {
    let (Some(reference), Ok(python)) = (
        std::env::var_os("NEUROTRAIN_REFERENCE").map(PathBuf::from),
        std::env::var("NEUROTRAIN_PYTHON"),
    ) else {
        eprintln!(
            "skipped: NEUROTRAIN_REFERENCE and NEUROTRAIN_PYTHON do not point to a checkout of NeuroTrain and a Python"
        );
        return;
    };
    let files = files(&reference);
    assert_eq!(files.len(), 36, "2 paper files, 10 of benchmarking, 24 of vgg9");
    let host = Program::neurotrain();
    let mut wrong = Vec::new();
    for (file, theirs) in theirs(&reference, &python, &files) {
        let shown = file
            .strip_prefix(&reference)
            .expect("a file of it")
            .display()
            .to_string();
        let ours: BTreeMap<String, Value> = ours(&host, &file)
            .into_iter()
            .map(|e| (e["group"].as_str().expect("a name").to_owned(), e))
            .collect();
        if ours.len() != theirs.len() {
            wrong.push(format!(
                "{shown}: {} experiments instead of {}",
                ours.len(),
                theirs.len()
            ));
        }
        for said in theirs {
            let name = said["name"].as_str().expect("a name");
            let Some(found) = ours.get(name) else {
                wrong.push(format!("{shown}: no {name}"));
                continue;
            };
            let searched = said["opt"] == true;
            for kind in ["trainer", "model", "dataset"] {
                let block = said[kind].as_object().expect("a block");
                let key = found[kind].as_str().expect("a key");
                if !key.eq_ignore_ascii_case(block["name"].as_str().expect("a key")) {
                    wrong.push(format!(
                        "{shown}, {name}: {kind} {key} instead of {}",
                        block["name"]
                    ));
                }
                for difference in differences(kind, block, found, &found["search"]["space"], searched) {
                    wrong.push(format!("{shown}, {name}: {difference}"));
                }
            }
            for (key, value) in [
                ("epochs", &said["runtime"]["epochs"]),
                ("batch_size", &said["runtime"]["batch_size"]),
            ] {
                if !same(&found["runtime"][key], value) {
                    wrong.push(format!(
                        "{shown}, {name}: {key} {} instead of {value}",
                        found["runtime"][key]
                    ));
                }
            }
            if !same(&found["seed"], &said["runtime"]["seed"]) {
                wrong.push(format!("{shown}, {name}: seed {}", found["seed"]));
            }
        }
    }
    wrong.sort();
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
