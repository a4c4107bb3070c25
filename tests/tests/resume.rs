//! A run that is interrupted, however often and however hard, ends with the same bytes as one that is not.

use neurotrain_archive::{Status, open_run, same_results};
use neurotrain_tests::{Program, archives_below, children_of, send_signal, wait_for};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Every rule whose state differs in kind: optimisers, several networks, step-wise updates, noise, own parameters.
const RULES: &str = "name: resumed
experiments:
  bptt: {trainer: bptt, model: fc_snn, dataset: digits}
  ottt: {trainer: ottt, model: r_snn, dataset: digits}
  eprop: {trainer: eprop, model: r_snn, dataset: digits}
  stsf: {trainer: stsf, model: fc_snn, dataset: digits}
  decolle: {trainer: decolle, model: fc_snn, dataset: digits}
  esd_rtrl: {trainer: esd_rtrl, model: r_snn, dataset: digits}
  etlp: {trainer: etlp, model: r_snn, dataset: digits}
  ostl: {trainer: ostl, model: fc_snn, dataset: digits}
  osttp: {trainer: osttp, model: r_snn, dataset: digits}
  tp: {trainer: tp, model: fc_snn, dataset: digits}
  ell: {trainer: ell, model: conv_snn, dataset: digits}
  fell: {trainer: fell, model: fc_snn, dataset: digits}
";

fn campaign(host: &Program, epochs: u64, protocol: &str) -> PathBuf {
    let file = host.scratch().join("resumed.yaml");
    let text = format!(
        "{RULES}runtime: {{epochs: {epochs}, batch_size: 16, checkpoint_minutes: 0.001, protocol: {protocol}}}\n\
         overrides: {{models: {{fc_snn: {{hidden_sizes: [24]}}, r_snn: {{hidden_sizes: [24]}}}}, \
         datasets: {{digits: {{T: 5}}}}}}\n"
    );
    std::fs::write(&file, text).expect("the scratch folder is writable");
    file
}

fn start(host: &Program, file: &Path, out: &str) -> Child {
    let mut command = host.command();
    command.arg("run").arg(file);
    command.args(["--out", out, "--jobs", "1", "--cost-table", "builtin"]);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

fn run(host: &Program, file: &Path, out: &str) -> String {
    let file = file.to_str().expect("UTF-8");
    let args = [
        "run",
        file,
        "--out",
        out,
        "--jobs",
        "1",
        "--cost-table",
        "builtin",
    ];
    let finished = host.run(args).expect(0);
    finished.stdout + &finished.stderr
}

/// Complete archives below `out`, by experiment.
fn complete(host: &Program, out: &str) -> BTreeMap<String, PathBuf> {
    archives_below(&host.scratch().join(out))
        .into_iter()
        .filter_map(|path| {
            let record = open_run(&path).expect("a whole archive").record;
            (record.status == Status::Completed).then_some((record.name, path))
        })
        .collect()
}

fn assert_same(host: &Program, whole: &str, interrupted: &str) {
    let (whole, interrupted) = (complete(host, whole), complete(host, interrupted));
    assert_eq!(whole.len(), 12);
    assert!(whole.keys().eq(interrupted.keys()), "{interrupted:?}");
    for (name, path) in &whole {
        let comparison = same_results(path, &interrupted[name]).expect("two archives");
        assert!(comparison.same(), "{name}: {:?}", comparison.differences);
    }
}

fn checkpoints_below(folder: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(folder).into_iter().flatten().flatten();
    folders
        .map(|entry| entry.path().join("checkpoint.safetensors"))
        .filter(|path| path.exists())
        .collect()
}

/// Pseudo-random waits, the same in every run of the test.
fn waits() -> impl Iterator<Item = Duration> {
    let mut state = 20_261_124_u64;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis(150 + (state >> 33) % 900)
    })
}

#[test]
fn killed_again_and_again_it_ends_with_the_same_bytes() {
    let host = Program::neurotrain();
    let file = campaign(&host, 32, "honest");
    run(&host, &file, "whole");
    let (mut kills, mut resumed) = (0, 0);
    for (n, wait) in waits().enumerate().take(40) {
        let mut child = start(&host, &file, "killed");
        let begun = Instant::now();
        while begun.elapsed() < wait && child.try_wait().expect("its state").is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        if child.try_wait().expect("its state").is_some() {
            break;
        }
        // The worker, the supervisor, or both.
        let workers = children_of(child.id(), "__worker");
        if n % 3 != 1 {
            workers.iter().for_each(|id| send_signal(*id, "KILL"));
        }
        if n % 3 != 0 {
            send_signal(child.id(), "KILL");
        } else {
            send_signal(child.id(), "INT");
        }
        child.wait().expect("it ends");
        kills += 1;
        resumed += usize::from(!checkpoints_below(&host.scratch().join("killed/resumed/runs")).is_empty());
    }
    let said = run(&host, &file, "killed");
    assert!(kills >= 3, "nothing was interrupted:\n{said}");
    assert!(resumed > 0, "no checkpoint was ever left");
    assert_same(&host, "whole", "killed");
    let left = checkpoints_below(&host.scratch().join("killed/resumed/runs"));
    assert!(left.is_empty(), "left over: {left:?}");
}

#[test]
fn stopped_by_a_signal_it_loses_no_batch() {
    let host = Program::neurotrain();
    let file = campaign(&host, 60, "neurotrain");
    let only = |out: &str| {
        let mut command = host.command();
        command.arg("run").arg(&file);
        command.args(["--out", out, "--jobs", "1", "--cost-table", "builtin"]);
        command
    };
    let child = only("stopped")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let log = host.scratch().join("stopped/resumed/runs");
    wait_for("an epoch", || {
        let folder = std::fs::read_dir(&log).ok()?.flatten().next()?.path();
        let text = std::fs::read_to_string(folder.join("run.jsonl")).ok()?;
        (text.lines().count() > 3).then_some(())
    });
    send_signal(child.id(), "INT");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let left = checkpoints_below(&log);
    assert_eq!(left.len(), 1, "{left:?}");

    // A checkpoint that is damaged is told and not used; the run starts again.
    let whole = std::fs::read(&left[0]).expect("the checkpoint");
    let mut bytes = whole.clone();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&left[0], &bytes).expect("it is writable");
    let child = only("stopped")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let said = wait_for("the second attempt", || {
        let mut logs: Vec<PathBuf> = std::fs::read_dir(&log)
            .ok()?
            .flatten()
            .map(|e| e.path().join("run.log"))
            .collect();
        logs.sort();
        let text = std::fs::read_to_string(logs.get(1)?).ok()?;
        text.contains("epoch 1:").then_some(text)
    });
    assert!(
        said.contains("cannot be used") && said.contains("not what was written"),
        "{said}"
    );
    assert!(!said.contains("goes on"), "{said}");
    send_signal(child.id(), "INT");
    child.wait_with_output().expect("it ends");
}

#[test]
fn force_starts_from_the_beginning() {
    let host = Program::neurotrain();
    let file = host.scratch().join("one.yaml");
    let text = "name: one\ntrainers: [bptt]\nmodels: [fc_snn]\ndatasets: [digits]\n\
                runtime: {epochs: 400, batch_size: 16, checkpoint_minutes: 0.001}\n\
                overrides: {datasets: {digits: {T: 5}}}\n";
    std::fs::write(&file, text).expect("the scratch folder is writable");
    let runs = host.scratch().join("out/one/runs");
    let child = start(&host, &file, "out");
    wait_for("a checkpoint", || {
        (!checkpoints_below(&runs).is_empty()).then_some(())
    });
    send_signal(child.id(), "INT");
    child.wait_with_output().expect("it ends");

    let begin = |more: &[&str], attempt: usize| {
        let mut command = host.command();
        command
            .arg("run")
            .arg(&file)
            .args(["--out", "out", "--cost-table", "builtin"])
            .args(more);
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let text = wait_for("an epoch", || {
            let mut logs: Vec<PathBuf> = std::fs::read_dir(&runs)
                .ok()?
                .flatten()
                .map(|e| e.path().join("run.log"))
                .collect();
            logs.sort();
            let text = std::fs::read_to_string(logs.get(attempt)?).ok()?;
            text.contains("training accuracy").then_some(text)
        });
        send_signal(child.id(), "INT");
        child.wait_with_output().expect("it ends");
        text
    };
    assert!(begin(&[], 1).contains("goes on from a checkpoint"));
    assert!(!begin(&["--force"], 2).contains("goes on from a checkpoint"));
}
