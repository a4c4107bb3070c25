//! Campaigns from start to end, with real processes: what is run, skipped, refused, repeated and left on disk.

use neurotrain_archive::{RunLog, Status, open_run};
use neurotrain_tests::{Finished, Program, archives_below};
use std::path::{Path, PathBuf};

/// Four rules and two networks on digits, small enough for a test.
const MINI: &str = "\
name: mini
trainers: [bptt, ottt, eprop, stsf]
models: [fc_snn, r_snn]
datasets: [digits]
runtime:
  epochs: 2
  batch_size: 128
overrides:
  models:
    fc_snn: {hidden_sizes: [32]}
    r_snn: {hidden_sizes: [32]}
  datasets:
    digits: {T: 5}
";

fn write(host: &Program, name: &str, text: &str) -> PathBuf {
    let path = host.scratch().join(name);
    std::fs::write(&path, text).expect("the scratch folder is writable");
    path
}

fn run(host: &Program, file: &Path, more: &[&str]) -> Finished {
    let mut args = vec!["run", file.to_str().expect("UTF-8")];
    args.extend(more);
    host.run(args)
}

fn train(host: &Program, more: &[&str]) -> Finished {
    let mut args = vec![
        "train",
        "--model",
        "fc_snn",
        "--dataset",
        "digits",
        "--epochs",
        "1",
        "--set",
        "model.hidden_sizes=[16]",
        "--set",
        "dataset.T=4",
    ];
    args.extend(more);
    host.run(args)
}

/// A wrong request ends with code 2, says `words`, and leaves no result.
fn refused(host: &Program, finished: Finished, words: &[&str]) {
    let finished = finished.expect(2);
    for word in words {
        assert!(
            finished.stderr.contains(word),
            "`{word}` is not said:\n{}",
            finished.stderr
        );
    }
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    assert!(!host.scratch().join("runs").exists(), "something was started");
}

#[test]
fn a_mini_campaign_trains_every_compatible_triple() {
    let host = Program::neurotrain();
    let file = write(&host, "mini.yaml", MINI);
    let finished = run(&host, &file, &["--jobs", "2"]).expect(0);
    let archives = archives_below(host.scratch());
    assert!(archives.len() >= 6, "{archives:?}\n{}", finished.stdout);
    assert!(
        finished.stdout.contains("Skipped"),
        "e-prop wants a recurrent network:\n{}",
        finished.stdout
    );
    for path in &archives {
        let run = open_run(path).expect("a whole archive");
        assert_eq!(run.record.status, Status::Completed);
        assert_eq!(run.record.epochs.len(), 2);
        assert_eq!(run.record.test_touches, 1, "the test split is used once");
        assert!(
            run.record
                .test
                .is_some_and(|test| test.accuracy > 0.0 && test.loss.is_finite())
        );
        assert!(run.record.totals.parameter_count > 0 && run.record.measured.execution_seconds > 0.0);
        assert!(
            !run.read_parameters()
                .expect("weights that match their digest")
                .is_empty()
        );
        for epoch in &run.record.epochs {
            assert!(epoch.validation.is_some());
            assert_eq!(epoch.activation_sparsity.len(), run.record.layers.len());
            assert!(
                epoch.activation_sparsity.iter().all(|s| (0.0..=1.0).contains(s)),
                "{epoch:?}"
            );
            assert!(epoch.peak_training_state_bytes > 0);
        }
        let log = RunLog::read(&path.with_file_name("run.jsonl")).expect("a readable log");
        assert!(log.finished() && log.warning().is_none());
    }
    let campaign = host.scratch().join("runs/mini");
    for name in ["campaign.json", "summary.txt", "summary.json", "summary.csv"] {
        assert!(campaign.join(name).is_file(), "{name} is missing");
    }
    let csv = std::fs::read_to_string(campaign.join("summary.csv")).expect("the table");
    assert_eq!(csv.lines().count(), archives.len() + 1, "{csv}");
    assert!(
        csv.lines().skip(1).all(|line| line.contains(",finished,")),
        "{csv}"
    );
}

#[test]
fn a_finished_run_is_not_repeated_unless_forced_and_never_overwritten() {
    let host = Program::neurotrain();
    let seeds = ["--trainer", "bptt", "--seed", "1", "--seed", "2"];
    train(&host, &seeds).expect(0);
    let first = archives_below(host.scratch());
    assert_eq!(first.len(), 2);
    let stamps = |paths: &[PathBuf]| -> Vec<_> {
        paths
            .iter()
            .map(|p| std::fs::metadata(p).and_then(|m| m.modified()).expect("a file"))
            .collect()
    };
    let before = stamps(&first);

    let again = train(&host, &seeds).expect(0);
    assert!(again.stdout.contains("Not repeated"), "{}", again.stdout);
    assert_eq!(archives_below(host.scratch()), first);

    train(&host, &["--trainer", "bptt", "--seed", "1", "--force"]).expect(0);
    assert_eq!(archives_below(host.scratch()).len(), 3);
    assert_eq!(stamps(&first), before, "an archive was written again");

    // Another configuration is another run.
    train(
        &host,
        &["--trainer", "bptt", "--seed", "1", "--set", "trainer.lr=0.002"],
    )
    .expect(0);
    assert_eq!(archives_below(host.scratch()).len(), 4);
}

#[test]
fn repeat_does_a_run_again_with_the_same_result() {
    let host = Program::neurotrain();
    train(&host, &["--trainer", "bptt"]).expect(0);
    let first = archives_below(host.scratch());
    let folder = first[0].parent().expect("a run folder").to_owned();
    host.run(["repeat", folder.to_str().expect("UTF-8")]).expect(0);
    let both = archives_below(host.scratch());
    assert_eq!(both.len(), 2);
    let comparison = neurotrain_archive::same_results(&both[0], &both[1]).expect("two archives");
    assert!(comparison.same(), "{:?}", comparison.differences);
}

#[test]
fn a_dry_run_shows_and_starts_nothing() {
    let host = Program::neurotrain();
    let file = write(&host, "mini.yaml", MINI);
    let finished = run(&host, &file, &["--dry-run"]).expect(0);
    for word in ["bptt", "r_snn", "parameters"] {
        assert!(finished.stdout.contains(word), "{}", finished.stdout);
    }
    assert!(!host.scratch().join("runs").exists());
}

#[test]
fn unknown_components_are_refused_with_the_nearest_name() {
    let host = Program::neurotrain();
    refused(&host, train(&host, &["--trainer", "bpt"]), &["bpt", "bptt"]);
    let wrong = |arguments: [&str; 6]| host.run([&["train"], &arguments[..]].concat());
    let model = wrong(["--trainer", "bptt", "--model", "fc_snm", "--dataset", "digits"]);
    refused(&host, model, &["fc_snm", "fc_snn"]);
    let dataset = wrong(["--trainer", "bptt", "--model", "fc_snn", "--dataset", "digit"]);
    refused(&host, dataset, &["digit", "digits"]);
}

#[test]
fn wrong_values_are_refused_before_anything_starts() {
    let host = Program::neurotrain();
    let set = |value: &str| train(&host, &["--trainer", "bptt", "--set", value]);
    refused(&host, set("trainer.learning_rat=1"), &["learning_rat"]);
    refused(&host, set("trainer.lr=-1"), &["lr"]);
    refused(&host, set("trainer.lr=fast"), &["lr", "fast"]);
    refused(&host, set("model.hidden_sizes=many"), &["hidden_sizes", "many"]);
    refused(&host, set("dataset.T=0"), &["T"]);
    refused(&host, set("runtime.device=abacus"), &["abacus"]);
    refused(
        &host,
        train(&host, &["--trainer", "bptt", "--device", "cuda:0"]),
        &["cuda"],
    );
    refused(
        &host,
        train(&host, &["--trainer", "bptt", "--jobs", "0"]),
        &["--jobs"],
    );
}

#[test]
fn a_campaign_with_a_wrong_key_names_the_file_and_the_line() {
    let host = Program::neurotrain();
    let file = write(&host, "wrong.yaml", &MINI.replace("batch_size", "batchsize"));
    refused(
        &host,
        run(&host, &file, &[]),
        &["wrong.yaml", "batchsize", "batch_size"],
    );
    refused(
        &host,
        run(&host, &host.scratch().join("absent.yaml"), &[]),
        &["absent.yaml"],
    );
    let file = write(&host, "broken.json", "{\"trainers\": [");
    refused(&host, run(&host, &file, &[]), &["broken.json"]);
}

#[test]
fn an_incompatible_triple_asked_for_by_name_is_an_error_with_the_reason() {
    let host = Program::neurotrain();
    refused(&host, train(&host, &["--trainer", "eprop"]), &["eprop", "fc_snn"]);
}

#[test]
fn an_output_folder_that_cannot_be_written_is_named() {
    let host = Program::neurotrain();
    let occupied = write(&host, "occupied", "");
    let finished = train(
        &host,
        &["--trainer", "bptt", "--out", occupied.to_str().expect("UTF-8")],
    )
    .expect(1);
    assert!(finished.stderr.contains("occupied"), "{}", finished.stderr);
    assert!(
        finished.stderr.contains("--out"),
        "what to do is missing:\n{}",
        finished.stderr
    );
}

#[test]
fn missing_data_are_named_with_the_places_searched() {
    let host = Program::neurotrain();
    let finished = host.run([
        "train",
        "--trainer",
        "bptt",
        "--model",
        "fc_snn",
        "--dataset",
        "MNIST",
        "--set",
        "dataset.source=full",
        "--data-dir",
        "nowhere",
    ]);
    assert_ne!(finished.code, 0);
    assert!(finished.stderr.contains("nowhere"), "{}", finished.stderr);
}

#[test]
fn archives_are_shown_as_text_and_json_and_strangers_are_refused() {
    let host = Program::neurotrain();
    train(&host, &["--trainer", "bptt"]).expect(0);
    let archive = archives_below(host.scratch()).remove(0);
    let path = archive.to_str().expect("UTF-8");
    let shown = host.run(["archive", "show", path]).expect(0);
    assert!(
        shown.stdout.contains("bptt") && shown.stdout.contains("accuracy"),
        "{}",
        shown.stdout
    );
    let json = host.run(["archive", "show", "--json", path]).expect(0);
    let value: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(value["run"]["trainer"], "bptt");
    let stranger = write(&host, "stranger.h5", "this is no HDF5 file");
    let finished = host
        .run(["archive", "show", stranger.to_str().expect("UTF-8")])
        .expect(1);
    assert!(finished.stderr.contains("stranger.h5"), "{}", finished.stderr);
}
