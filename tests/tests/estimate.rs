//! What a campaign takes is said before it begins, and is about right.

use neurotrain_archive::open_run;
use neurotrain_tests::{Finished, Program, archives_below};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Some seconds of training on bundled images.
const IMAGES: &str = "name: images
trainers: [bptt, stsf]
models: [fc_snn]
datasets: [MNIST]
seeds: [1]
runtime: {epochs: 6, batch_size: 128}
overrides: {datasets: {MNIST: {T: 8}}}
";

const DIGITS: &str = "name: digits
trainers: [bptt]
models: [fc_snn]
datasets: [digits]
seeds: [1]
runtime: {epochs: 2}
overrides: {models: {fc_snn: {hidden_sizes: [16]}}, datasets: {digits: {T: 2}}}
";

fn write(host: &Program, text: &str) -> PathBuf {
    let path = host.scratch().join("campaign.yaml");
    std::fs::write(&path, text).expect("the scratch folder is writable");
    path
}

fn run(host: &Program, file: &Path, more: &[&str]) -> Finished {
    let mut command = host.command();
    command.env_remove("NEUROTRAIN_NO_ESTIMATE");
    let output = command
        .arg("run")
        .arg(file)
        .args(more)
        .output()
        .expect("the program starts");
    Finished {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Estimated and taken seconds, by the summary.
fn times(out: &Path) -> Option<[f64; 2]> {
    let text = std::fs::read_to_string(out.join("summary.json")).expect("a summary");
    let summary: Value = serde_json::from_str(&text).expect("JSON");
    let time = summary["time"].as_object()?;
    assert_eq!(time["not_estimated"], 0);
    Some(["estimated_seconds", "taken_seconds"].map(|key| time[key].as_f64().expect("seconds")))
}

/// The estimated memory, in MiB.
fn mebibytes(said: &str) -> f64 {
    let words = said.split(" MiB of memory").next().unwrap_or_default();
    let number = words.rsplit(' ').next().and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("no memory is estimated:\n{said}"))
}

#[test]
fn time_and_memory_are_right_by_a_factor_of_two() {
    let host = Program::neurotrain();
    let file = write(&host, IMAGES);
    let mut tries = Vec::new();
    // Other work on this machine comes and goes.
    for name in ["first", "second", "third"] {
        let finished = run(&host, &file, &["--out", name, "--jobs", "2"]).expect(0);
        let out = host.scratch().join(name);
        let [estimated, taken] = times(&out.join("images")).expect("an estimate");
        assert!(finished.stdout.contains("Time: "), "{}", finished.stdout);
        let resident = archives_below(&out).into_iter().map(|path| {
            let record = open_run(&path).expect("a whole archive").record;
            record.measured.scalars["peak_resident_bytes"] / f64::from(1 << 20)
        });
        let memory = mebibytes(&finished.stderr) / resident.sum::<f64>();
        assert!((0.5..2.0).contains(&memory), "{memory}:\n{}", finished.stderr);
        tries.push(estimated / taken);
        if tries.iter().any(|ratio| (0.5..2.0).contains(ratio)) {
            return;
        }
    }
    panic!("estimated by taken: {tries:?}");
}

#[test]
fn a_dry_run_estimates_when_it_is_asked_to() {
    let host = Program::neurotrain();
    let file = write(&host, DIGITS);
    let said = run(&host, &file, &["--dry-run"]).expect(0).stdout;
    assert!(!said.contains("Estimate:"), "{said}");
    let said = run(&host, &file, &["--dry-run", "--estimate"]).expect(0).stdout;
    assert!(
        said.contains("Estimate:") && said.contains("first batches"),
        "{said}"
    );
    assert!(archives_below(host.scratch()).is_empty());
    assert!(!host.scratch().join("runs").exists());
}

#[test]
fn finished_runs_are_better_evidence_and_nothing_is_said_when_it_is_not_wanted() {
    let host = Program::neurotrain();
    let file = write(&host, DIGITS);
    let silent = run(&host, &file, &["--no-estimate", "--jobs", "1", "--threads", "1"]).expect(0);
    assert!(!silent.stderr.contains("Estimate:") && !silent.stdout.contains("Time:"));
    let more = [
        "--jobs",
        "1",
        "--threads",
        "1",
        "--seed",
        "1",
        "--seed",
        "2",
        "--seed",
        "3",
    ];
    let told = run(&host, &file, &more).expect(0);
    assert!(told.stderr.contains("finished runs"), "{}", told.stderr);
    assert!(times(&host.scratch().join("runs/digits")).is_some());
    // Nothing is left to do, and so nothing to estimate.
    let done = run(&host, &file, &more).expect(0);
    assert!(!done.stderr.contains("Estimate:"), "{}", done.stderr);
}

#[test]
fn trials_of_a_search_are_counted() {
    let host = Program::neurotrain();
    let text = format!("{DIGITS}search: {{trials: 3, parameters: [trainer.lr]}}\n");
    let file = write(&host, &text);
    let dry = run(&host, &file, &["--dry-run", "--estimate"]).expect(0).stdout;
    let real = run(&host, &file, &[]).expect(0);
    for said in [&dry, &real.stderr] {
        assert!(
            said.contains("3 trials") && said.contains("as if none were pruned"),
            "{said}"
        );
    }
    assert!(times(&host.scratch().join("runs/digits")).is_some());
}
