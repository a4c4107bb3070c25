//! `neurotrain golden`: the shipped plugins and the ports against recorded traces, and what it does to mutants.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use neurotrain_tests::{Crate, Finished, Program, workspace_root};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    workspace_root().join("tests/golden")
}

fn golden(host: &Program, folder: &Path, more: &[&str]) -> Finished {
    host.run(["golden", folder.to_str().unwrap()].iter().chain(more))
}

fn last_line(finished: &Finished) -> &str {
    finished.stdout.lines().last().unwrap_or_default()
}

/// A folder with one case, its side-car changed by `change`.
fn mutant(host: &Program, case: &str, change: impl Fn(&mut serde_json::Value)) -> PathBuf {
    let into = host.scratch().join("mutant");
    std::fs::create_dir_all(&into).unwrap();
    std::fs::copy(
        folder().join(format!("{case}.safetensors")),
        into.join(format!("{case}.safetensors")),
    )
    .unwrap();
    let text = std::fs::read_to_string(folder().join(format!("{case}.json"))).unwrap();
    let mut side_car = serde_json::from_str(&text).unwrap();
    change(&mut side_car);
    std::fs::write(into.join(format!("{case}.json")), side_car.to_string()).unwrap();
    into
}

/// What is shipped with the host, by how the cases' names begin.
const SHIPPED: [&str; 11] = [
    "bptt__",
    "decolle__",
    "eprop__",
    "esd_rtrl__",
    "etlp__",
    "forward__",
    "ostl__",
    "osttp__",
    "ottt__",
    "stsf__",
    "tp__",
];

/// No case failed, and every case of `rules` passed.
fn all_pass(finished: &Finished, rules: &[&str]) {
    assert!(
        last_line(finished).contains(" passed, 0 failed,"),
        "{}",
        finished.stdout
    );
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| {
            Some(
                entry
                    .unwrap()
                    .file_name()
                    .to_str()?
                    .strip_suffix(".json")?
                    .to_owned(),
            )
        })
        .filter(|name| rules.iter().any(|rule| name.starts_with(rule)))
        .collect();
    assert!(names.len() > rules.len(), "{names:?}");
    names.retain(|name| !finished.stdout.contains(&format!("pass {name}\n")));
    assert!(names.is_empty(), "not passed: {names:?}\n{}", finished.stdout);
}

#[test]
fn every_case_of_an_installed_rule_passes() {
    let host = Program::neurotrain();
    all_pass(&golden(&host, &folder(), &[]).expect(0), &SHIPPED);
}

#[test]
fn a_case_of_a_rule_that_is_not_installed_is_skipped() {
    let host = Program::neurotrain();
    let changed = mutant(&host, "bptt__fc_snn__h16_bin", |s| s["trainer"] = "absent".into());
    let finished = golden(&host, &changed, &[]).expect(0);
    assert!(
        finished
            .stdout
            .contains("skip bptt__fc_snn__h16_bin: trainer `absent` is not installed"),
        "{}",
        finished.stdout
    );
    assert_eq!(last_line(&finished), "0 passed, 0 failed, 1 skipped");
}

#[test]
fn dense_input_and_double_precision_pass_too() {
    let host = Program::neurotrain();
    for flag in ["--dense", "--double"] {
        all_pass(&golden(&host, &folder(), &[flag]).expect(0), &SHIPPED);
    }
}

#[test]
fn rules_with_several_executions_pass_in_each() {
    let host = Program::neurotrain();
    for execution in ["online", "sequence"] {
        let set = format!("execution={execution}");
        let finished = golden(&host, &folder(), &["--set", &set]).expect(0);
        let passed: Vec<&str> = finished
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("pass "))
            .collect();
        for rule in ["eprop", "ostl", "osttp"] {
            assert!(
                passed.iter().any(|case| case.starts_with(&format!("{rule}__"))),
                "{rule} under {execution}:\n{}",
                finished.stdout
            );
        }
        assert!(
            finished
                .stdout
                .contains("skip bptt__fc_snn__h16_bin: its trainer has no parameter `execution`"),
            "{}",
            finished.stdout
        );
        // OTTT moves weights at every step there, OSTTP mixes rows.
        let refused = match execution {
            "online" => "skip osttp__r_snn__h16_bin: ",
            _ => "skip ottt__fc_snn__h16_bin: ",
        };
        assert!(finished.stdout.contains(refused), "{}", finished.stdout);
    }
}

#[test]
fn values_that_are_set_change_what_is_compared() {
    let host = Program::neurotrain();
    let one = ["--only", "ottt__fc_snn__h16_bin", "--set"];
    golden(&host, &folder(), &[&one[..], &["lr=0.1001"]].concat()).expect(1);
    let unknown = golden(&host, &folder(), &["--set", "excecution=online"]).expect(1);
    assert!(
        unknown.stderr.contains("no installed trainer has a parameter"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn rules_of_a_strangers_crate_pass() {
    let host = Program::neurotrain();
    let ports = Crate::fixture("ports", "neurotrain-rule-ports").build();
    // The stranger's `tp` knows no convolutions.
    for only in ["ostl__", "tp__fc_snn__", "tp__r_snn__"] {
        let found = ["--plugin-path", ports.to_str().unwrap(), "--only", only];
        all_pass(&golden(&host, &folder(), &found).expect(0), &[only]);
    }
}

#[test]
fn a_decay_one_percent_off_fails() {
    let host = Program::neurotrain();
    let changed = mutant(&host, "bptt__fc_snn__h16_bin", |s| {
        s["model_cfg"]["beta"] = (0.9 * 1.01).into()
    });
    let finished = golden(&host, &changed, &[]).expect(1);
    assert_eq!(
        last_line(&finished),
        "0 passed, 1 failed, 0 skipped",
        "{}",
        finished.stdout
    );
}

#[test]
fn a_step_one_per_mille_off_fails() {
    let host = Program::neurotrain();
    let changed = mutant(&host, "ottt__fc_snn__h16_bin", |s| {
        s["trainer_cfg"]["lr"] = 0.1001.into()
    });
    golden(&host, &changed, &[]).expect(1);
}

#[test]
fn a_value_the_schema_refuses_fails_with_its_name() {
    let host = Program::neurotrain();
    let changed = mutant(&host, "stsf__fc_snn__h16_bin", |s| {
        s["trainer_cfg"]["lr"] = (-0.001).into()
    });
    let finished = golden(&host, &changed, &[]).expect(1);
    assert!(finished.stdout.contains("`lr`"), "{}", finished.stdout);
}

#[test]
fn damaged_cases_fail_with_the_file_and_others_go_on() {
    let host = Program::neurotrain();
    let changed = mutant(&host, "stsf__fc_snn__h16_bin", |_| {});
    let bytes = std::fs::read(folder().join("eprop__r_snn__h16_bin.safetensors")).unwrap();
    std::fs::write(changed.join("cut.safetensors"), &bytes[..bytes.len() / 2]).unwrap();
    std::fs::copy(
        folder().join("eprop__r_snn__h16_bin.json"),
        changed.join("cut.json"),
    )
    .unwrap();
    let finished = golden(&host, &changed, &[]).expect(1);
    assert!(
        finished
            .stdout
            .contains("cut.safetensors is no intact safetensors file"),
        "{}",
        finished.stdout
    );
    assert_eq!(last_line(&finished), "1 passed, 1 failed, 0 skipped");
}

#[test]
fn a_folder_without_cases_is_an_error() {
    let host = Program::neurotrain();
    let finished = golden(&host, host.scratch(), &[]);
    assert_ne!(finished.code, 0);
    assert!(
        finished.stderr.contains("holds no golden case"),
        "{}",
        finished.stderr
    );
}
