//! What goes wrong while runs are running costs that run, is told with its reason, and leaves the rest whole.

use neurotrain_archive::{RunLog, Status, open_run};
use neurotrain_tests::{Crate, Finished, Program, archives_below, children_of, send_signal, wait_for};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

/// The plugin that fails as told, built once for all tests.
static FAULTY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let path = Crate::fixture("abi/faulty", "fixture-faulty").build();
    std::fs::read(path).expect("the built plugin")
});

/// A copy of it that fails in the given manner, for instance `train-abort`.
fn faulty(folder: &Path, manner: &str) -> PathBuf {
    let marker = b"NEUROTRAIN-FAULT=";
    let mut bytes = FAULTY.clone();
    let place = bytes
        .windows(marker.len())
        .position(|w| w == marker)
        .expect("the marker")
        + marker.len();
    bytes[place..place + manner.len()].copy_from_slice(manner.as_bytes());
    let path = folder.join(format!("libfaulty_{}.so", manner.replace('-', "_")));
    std::fs::write(&path, bytes).expect("the scratch folder is writable");
    path
}

/// A campaign with the faulty rule first and a sound one after it.
fn with_a_sound_neighbour(host: &Program, manner: &str, more: &[&str]) -> Finished {
    let plugin = faulty(host.scratch(), manner);
    let file = host.scratch().join("mixed.yaml");
    let text = "name: mixed\ntrainers: [faulty_rule, bptt]\nmodels: [fc_snn]\ndatasets: [digits]\n\
                runtime: {epochs: 1}\noverrides: {models: {fc_snn: {hidden_sizes: [16]}}, datasets: {digits: {T: 4}}}\n";
    std::fs::write(&file, text).expect("the scratch folder is writable");
    let mut args = vec![
        "run",
        file.to_str().expect("UTF-8"),
        "--jobs",
        "1",
        "--plugin-path",
    ];
    args.push(plugin.to_str().expect("UTF-8"));
    args.extend(more);
    host.run(args)
}

/// The faulty run is reported as failed with `words`, the sound one is finished.
fn costs_one_run(manner: &str, words: &[&str], more: &[&str]) {
    let host = Program::neurotrain();
    let finished = with_a_sound_neighbour(&host, manner, more).expect(1);
    assert!(finished.stdout.contains("Failed:"), "{}", finished.stdout);
    for word in words {
        assert!(
            finished.stdout.contains(word),
            "{manner}: `{word}` is not said:\n{}",
            finished.stdout
        );
    }
    let sound: Vec<PathBuf> = archives_below(host.scratch())
        .into_iter()
        .filter(|p| p.display().to_string().contains("bptt"))
        .collect();
    assert_eq!(
        sound.len(),
        1,
        "{manner}: the other run suffered:\n{}",
        finished.stdout
    );
    let summary = std::fs::read_to_string(host.scratch().join("runs/mixed/summary.csv")).expect("a summary");
    assert!(
        summary.contains(",failed,") && summary.contains(",finished,"),
        "{summary}"
    );
}

#[test]
fn a_panic_in_a_rule_is_an_error_of_that_run() {
    costs_one_run(
        "train-panic",
        &[
            "fixture-faulty 0.3.1",
            "train_batch",
            "told to panic",
            "repeat: neurotrain",
        ],
        &[],
    );
}

#[test]
fn an_abort_in_a_rule_is_a_crash_of_that_run() {
    costs_one_run(
        "train-abort",
        &["SIGABRT", "about to abort", "repeat: neurotrain"],
        &[],
    );
}

#[test]
fn an_invalid_memory_access_is_a_crash_of_that_run() {
    costs_one_run("train-segv", &["SIGSEGV"], &[]);
}

#[test]
fn a_rule_that_ends_the_process_fails() {
    costs_one_run("train-exit", &["exit status 0"], &[]);
}

#[test]
fn an_error_of_a_rule_says_where_and_what_to_do() {
    costs_one_run("train-error", &["told to fail", "tell it otherwise"], &[]);
}

#[test]
fn a_loss_that_is_no_number_fails_with_its_place() {
    costs_one_run("train-nan", &["epoch 1, batch 1", "the loss is NaN"], &[]);
}

#[test]
fn a_rule_that_hangs_is_killed() {
    costs_one_run("train-hang", &["no sign of life"], &["--stall-timeout", "3"]);
    costs_one_run("train-hang", &["longer than 3 s"], &["--timeout", "3"]);
}

#[test]
fn a_rule_that_leaks_is_killed_at_the_limit() {
    costs_one_run(
        "train-leak",
        // Killed, or stopped by an allocation that fails, whichever comes first.
        &["800.0 MiB", "it may have", "--memory-limit"],
        &["--memory-limit", "800M"],
    );
}

#[test]
fn a_failed_run_is_tried_again_when_asked_to_and_one_that_changed_is_done_again() {
    let host = Program::neurotrain();
    let first = with_a_sound_neighbour(&host, "train-error", &[]).expect(1);
    assert!(!first.stdout.contains("failed earlier"), "{}", first.stdout);
    let folders = || {
        std::fs::read_dir(host.scratch().join("runs/mixed/runs"))
            .expect("runs")
            .count()
    };
    assert_eq!(folders(), 2);

    let again = with_a_sound_neighbour(&host, "train-error", &[]).expect(1);
    assert!(
        again.stdout.contains("told to fail") && again.stdout.contains("--retry-failed"),
        "{}",
        again.stdout
    );
    assert_eq!(folders(), 2, "nothing is run");

    let retried = with_a_sound_neighbour(&host, "train-error", &["--retry-failed"]).expect(1);
    assert!(!retried.stdout.contains("failed earlier"), "{}", retried.stdout);
    assert_eq!(folders(), 3, "the failed one is");

    let changed = with_a_sound_neighbour(&host, "train-error", &["--set", "trainers.bptt.lr=0.5"]).expect(1);
    let reason = "bptt__fc_snn__digits__s42: done again, since trainer.lr is 0.5 instead of 0.001";
    assert!(changed.stderr.contains(reason), "{}", changed.stderr);
    assert_eq!(folders(), 4);
}

#[test]
fn a_rule_that_dies_before_training_fails_that_run() {
    costs_one_run("new-abort", &["SIGABRT"], &[]);
    costs_one_run("check-abort", &["fixture-faulty 0.3.1", "check", "SIGABRT"], &[]);
    costs_one_run(
        "check-panic",
        &["fixture-faulty 0.3.1", "told to panic at check"],
        &[],
    );
}

#[test]
fn a_failed_run_archives_what_it_reached_and_why_it_failed() {
    let host = Program::neurotrain();
    with_a_sound_neighbour(&host, "train-nan", &[]).expect(1);
    let failed = archives_below(host.scratch())
        .into_iter()
        .find(|p| p.display().to_string().contains("faulty_rule"));
    let run = open_run(&failed.expect("an archive of the failed run")).expect("a whole archive");
    assert!(
        run.record.status.reason().contains("the loss is NaN"),
        "{:?}",
        run.record.status
    );
    assert!(run.record.test.is_none() && run.record.epochs.is_empty());
    let log = RunLog::read(&run.path.with_file_name("run.jsonl")).expect("a readable log");
    assert!(!log.finished() && log.warning().is_none());
}

#[test]
fn a_rule_that_ignores_the_request_to_stop_is_killed() {
    let host = Program::neurotrain();
    let plugin = faulty(host.scratch(), "train-hang");
    let mut command = host.command();
    command.args([
        "train",
        "--trainer",
        "faulty_rule",
        "--model",
        "fc_snn",
        "--dataset",
        "digits",
        "--plugin-path",
    ]);
    let child = command
        .arg(plugin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let worker = wait_for("a worker", || {
        children_of(child.id(), "__worker").first().copied()
    });
    send_signal(child.id(), "INT");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    assert!(
        !Path::new("/proc").join(worker.to_string()).exists(),
        "the worker lives on"
    );
}

#[test]
fn a_full_output_folder_is_noticed_before_training() {
    let host = Program::neurotrain();
    let folder = host.scratch().join("tiny");
    std::fs::create_dir(&folder).expect("the scratch folder is writable");
    let mount = ["-t", "tmpfs", "-o", "size=96k", "tmpfs"];
    let mounted = Command::new("mount")
        .args(mount)
        .arg(&folder)
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("skipped: a small file system cannot be mounted here");
        return;
    }
    let finished = host.run([
        "train",
        "--trainer",
        "bptt",
        "--model",
        "fc_snn",
        "--dataset",
        "digits",
        "--epochs",
        "1",
        "--out",
        "tiny",
    ]);
    let complete = completed_below(&folder);
    Command::new("umount")
        .arg(&folder)
        .status()
        .expect("`umount` starts");
    let finished = finished.expect(1);
    assert!(
        finished.stdout.contains("has no room for an archive"),
        "{}",
        finished.stdout
    );
    assert!(
        finished.stdout.contains("--out"),
        "what to do is missing:\n{}",
        finished.stdout
    );
    assert!(
        !finished.stderr.contains("epoch 1"),
        "it was trained in vain:\n{}",
        finished.stderr
    );
    assert!(complete.is_empty(), "{complete:?}");
}

/// A campaign of `seeds` runs, started and left running.
fn start(host: &Program, seeds: u64, epochs: u64) -> Child {
    start_with(host, seeds, epochs, &[])
}

fn start_with(host: &Program, seeds: u64, epochs: u64, more: &[&str]) -> Child {
    let mut command = host.command();
    command.args([
        "train",
        "--trainer",
        "bptt",
        "--model",
        "fc_snn",
        "--dataset",
        "digits",
        "--jobs",
        "1",
    ]);
    command.args([
        "--set",
        "dataset.T=4",
        "--set",
        "model.hidden_sizes=[16]",
        "--set",
        "trainer.lr=0.001",
    ]);
    command.args(["--epochs", &epochs.to_string()]).args(more);
    for seed in 1..=seeds {
        command.args(["--seed", &seed.to_string()]);
    }
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// Waits until the second run has logged an epoch.
fn second_run_is_training(host: &Program) {
    wait_for("the second run to train", || {
        let logs = run_logs(host);
        (logs.len() >= 2 && RunLog::read(&logs[1]).is_ok_and(|log| log.entries.len() >= 2)).then_some(())
    });
}

/// The logs of all runs, by seed.
fn run_logs(host: &Program) -> Vec<PathBuf> {
    let runs = host.scratch().join("runs/bptt__fc_snn__digits/runs");
    let mut logs: Vec<PathBuf> = std::fs::read_dir(runs)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("run.jsonl"))
        .filter(|path| path.exists())
        .collect();
    logs.sort();
    logs
}

/// The archives of runs that came to their end.
fn completed_below(folder: &Path) -> Vec<PathBuf> {
    let complete =
        |path: &PathBuf| open_run(path).expect("a whole archive").record.status == Status::Completed;
    archives_below(folder).into_iter().filter(complete).collect()
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn ctrl_c_keeps_finished_runs_and_a_readable_log() {
    let host = Program::neurotrain();
    let child = start(&host, 4, 600);
    second_run_is_training(&host);
    send_signal(child.id(), "INT");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    assert!(
        text(&output).contains("Stopped before the end"),
        "{}",
        text(&output)
    );
    let complete = completed_below(host.scratch());
    assert_eq!(complete.len(), 1, "{}", text(&output));
    for log in run_logs(&host) {
        let contents = RunLog::read(&log).expect("a readable log");
        assert!(
            contents.damaged.is_empty() && contents.entries.len() >= 2,
            "{contents:?}"
        );
    }
    assert!(
        host.scratch()
            .join("runs/bptt__fc_snn__digits/summary.txt")
            .is_file()
    );
}

#[test]
fn a_second_ctrl_c_kills() {
    let host = Program::neurotrain();
    let child = start(&host, 2, 100_000);
    wait_for("a worker", || {
        children_of(child.id(), "__worker").first().copied()
    });
    send_signal(child.id(), "INT");
    send_signal(child.id(), "INT");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
}

#[test]
fn a_worker_that_is_killed_is_started_again() {
    let host = Program::neurotrain();
    let child = start(&host, 3, 400);
    second_run_is_training(&host);
    let worker = wait_for("a worker", || {
        children_of(child.id(), "__worker").first().copied()
    });
    send_signal(worker, "KILL");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("SIGKILL"), "{}", text(&output));
    assert_eq!(archives_below(host.scratch()).len(), 3, "{}", text(&output));
    assert_eq!(run_logs(&host).len(), 4, "one attempt more than runs");
}

#[test]
fn a_worker_that_is_killed_costs_its_run_alone() {
    let host = Program::neurotrain();
    let child = start_with(&host, 3, 400, &["--retries", "0"]);
    second_run_is_training(&host);
    let worker = wait_for("a worker", || {
        children_of(child.id(), "__worker").first().copied()
    });
    send_signal(worker, "KILL");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("SIGKILL"), "{}", text(&output));
    assert_eq!(archives_below(host.scratch()).len(), 2, "{}", text(&output));
    let contents = RunLog::read(&run_logs(&host)[1]).expect("a readable log");
    assert!(
        contents.damaged.is_empty() && !contents.finished(),
        "{contents:?}"
    );
}

#[test]
fn workers_end_with_their_supervisor() {
    let host = Program::neurotrain();
    let mut child = start(&host, 1, 100_000);
    let worker = wait_for("a worker", || {
        children_of(child.id(), "__worker").first().copied()
    });
    send_signal(child.id(), "KILL");
    child.wait().expect("it ends");
    wait_for("the worker to end", || {
        (!Path::new("/proc").join(worker.to_string()).join("fd/0").exists()).then_some(())
    });
}
