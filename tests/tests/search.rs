//! Searches as a user meets them: trials, winners, journals, early stopping.

use neurotrain_archive::{Status, open_run};
use neurotrain_study::{TrialState, read_only};
use neurotrain_tests::{Program, archives_below};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const HEAD: &str = "name: searched
trainers: [bptt]
models: [fc_snn]
datasets: [digits]
runtime: {epochs: 3, batch_size: 32}
overrides: {models: {fc_snn: {hidden_sizes: [24]}}, dataset: {T: 5}}
";

fn file(host: &Program, more: &str) -> String {
    let path = host.scratch().join("searched.yaml");
    std::fs::write(&path, format!("{HEAD}{more}")).expect("the scratch folder is writable");
    path.to_str().expect("UTF-8").to_owned()
}

fn run(host: &Program, file: &str, more: &[&str]) -> String {
    let mut args = vec!["run", file, "--out", "out", "--jobs", "1"];
    args.extend(more);
    let finished = host.run(args).expect(0);
    finished.stdout + &finished.stderr
}

fn root(host: &Program) -> PathBuf {
    host.scratch().join("out/searched")
}

fn summary(host: &Program) -> Value {
    let text = std::fs::read_to_string(root(host).join("summary.json")).expect("a summary");
    serde_json::from_str(&text).expect("JSON")
}

fn journal(host: &Program) -> PathBuf {
    let summary = summary(host);
    PathBuf::from(summary["searches"][0]["journal"].as_str().expect("a path"))
}

#[test]
fn the_winner_is_trained_on_every_seed_and_alone_meets_the_test_data() {
    let host = Program::neurotrain();
    let file = file(
        &host,
        "seeds: [1, 2]\nsearch: {trials: 5, parameters: [trainer.lr, model.beta]}\n",
    );
    let said = run(&host, &file, &[]);
    assert!(said.contains("Searches, by validation accuracy"), "{said}");

    let study = read_only(&journal(&host)).expect("a journal").remove(0);
    assert_eq!(study.trials.len(), 5);
    assert!(
        study
            .trials
            .iter()
            .all(|trial| trial.state == TrialState::Complete && trial.intermediate.len() == 3)
    );
    let best = study.best().expect("a best trial");
    // The first trial has the configured values, so the best is at least as good.
    assert_eq!(study.trials[0].params["trainer.lr"], 1e-3);
    assert!(best.value >= study.trials[0].value);

    let trials = archives_below(&root(&host).join("studies"));
    assert_eq!(trials.len(), 5);
    for path in trials {
        let record = open_run(&path).expect("an archive").record;
        assert_eq!(
            (record.status, record.test_touches, record.test),
            (Status::Completed, 0, None)
        );
        assert!(record.config.resolved["trial"]["number"].is_u64());
    }
    let finals = archives_below(&root(&host).join("runs"));
    assert_eq!(finals.len(), 2);
    for path in finals {
        let record = open_run(&path).expect("an archive").record;
        assert_eq!(record.test_touches, 1);
        let resolved = &record.config.resolved;
        assert_eq!(resolved["trainer"]["lr"], best.params["trainer.lr"]);
        assert_eq!(resolved["model"]["beta"], best.params["model.beta"]);
        assert_eq!(resolved["search"]["trial"], best.number);
        let origin = record.config.origins["trainer.lr"]
            .as_str()
            .expect("an origin")
            .to_owned();
        assert!(
            origin.starts_with(&format!("trial {} of study", best.number)),
            "{origin}"
        );
    }

    // More trials go on with the same study; without more, nothing is done again.
    let again = run(&host, &file, &["--set", "search.trials=7"]);
    assert!(again.contains("2 trials"), "{again}");
    assert_eq!(read_only(&journal(&host)).expect("a journal")[0].trials.len(), 7);
    let still = run(&host, &file, &["--set", "search.trials=7"]);
    assert!(
        still.contains("finished earlier") && !still.contains("started"),
        "{still}"
    );
}

#[test]
fn hopeless_trials_are_pruned_and_say_so() {
    let host = Program::neurotrain();
    let file = file(
        &host,
        "search: {trials: 4, pruner: {name: threshold, lower: 0.99}, parameters: [trainer.lr]}\n",
    );
    let finished = host.run(["run", &file, "--out", "out", "--jobs", "2"]).expect(1);
    let said = finished.stdout + &finished.stderr;
    assert!(said.contains("pruned after 1 epochs"), "{said}");
    assert!(said.contains("no trial of the search came to an end"), "{said}");
    for path in archives_below(&root(&host).join("studies")) {
        let record = open_run(&path).expect("an archive").record;
        assert_eq!((record.status, record.epochs.len()), (Status::Pruned, 1));
    }
}

#[test]
fn a_grid_ends_where_it_is_exhausted() {
    let host = Program::neurotrain();
    let file = file(
        &host,
        "search: {trials: 50, sampler: grid, defaults_first: false, parameters: {model.hidden_sizes: [[8], [16], [16, 8]]}}\n",
    );
    run(&host, &file, &[]);
    let study = read_only(&journal(&host)).expect("a journal").remove(0);
    assert_eq!(study.trials.len(), 3);
}

#[test]
fn a_trial_that_fails_costs_no_search() {
    let host = Program::neurotrain();
    // The rule refuses one of the two.
    let file = file(
        &host,
        "search: {trials: 2, sampler: grid, defaults_first: false, parameters: {trainer.execution: [auto, sequence]}}\n",
    );
    run(&host, &file, &["--set", "trainers=[ottt]"]);
    let study = read_only(&journal(&host)).expect("a journal").remove(0);
    let failed: Vec<&neurotrain_study::Trial> = study
        .trials
        .iter()
        .filter(|t| t.state == TrialState::Failed)
        .collect();
    let [failed] = &failed[..] else {
        panic!("{:?}", study.trials)
    };
    assert_eq!(failed.params["trainer.execution"], "sequence");
    let why = failed.attrs["failure"].as_str().expect("a reason");
    assert!(why.contains("online_updates"), "{why}");
    assert_eq!(
        study.best().expect("a best trial").params["trainer.execution"],
        "auto"
    );
    let counted = &summary(&host)["searches"][0];
    assert_eq!((&counted["failed"], &counted["complete"]), (&1.into(), &1.into()));
}

#[test]
fn the_reference_selects_on_the_test_data_and_every_result_says_so() {
    let host = Program::neurotrain();
    let file = file(
        &host,
        "opt: true\noptuna: {n_trials: 2, sampler: tpe, pruner: null}\nprotocol: neurotrain\n",
    );
    let said = run(&host, &file, &[]);
    assert!(said.contains("Searches, by test accuracy"), "{said}");
    assert!(said.contains("selected on the test data"), "{said}");
    for path in archives_below(&root(&host)) {
        let record = open_run(&path).expect("an archive").record;
        assert_eq!(record.protocol.name(), "neurotrain");
        assert_eq!(record.test_touches, 3, "once in every epoch");
    }
}

#[test]
fn early_stopping_keeps_the_weights_of_the_best_epoch() {
    let host = Program::neurotrain();
    // Far too large a rate: validation jumps about and does not improve for long.
    let file = file(&host, "");
    let args = [
        "--set",
        "epochs=60",
        "--set",
        "early_stopping=2",
        "--set",
        "trainer.lr=0.2",
    ];
    run(&host, &file, &args);
    let path = archives_below(&root(&host)).remove(0);
    let record = open_run(&path).expect("an archive").record;
    let accuracies: Vec<f64> = record
        .epochs
        .iter()
        .map(|e| e.validation.expect("a split").accuracy)
        .collect();
    let kept = record.kept_epoch.expect("early stopping") as usize;
    let best = accuracies.iter().copied().fold(f64::MIN, f64::max);
    assert!(accuracies.len() < 60, "{accuracies:?}");
    assert_eq!(
        kept,
        accuracies.iter().position(|a| *a == best).expect("the best"),
        "{accuracies:?}"
    );
    assert_eq!(accuracies.len() - 1 - kept, 2, "{accuracies:?}");
    // The same run, ended at that epoch, has the same weights.
    let epochs = format!("epochs={}", kept + 1);
    run(&host, &file, &["--set", &epochs, "--set", "trainer.lr=0.2"]);
    let short = archives_below(&root(&host))
        .into_iter()
        .find(|other| *other != path)
        .expect("another run");
    let compared = neurotrain_archive::same_results(&path, &short).expect("archives");
    let weights: Vec<&String> = compared
        .differences
        .iter()
        .filter(|d| d.contains("weight"))
        .collect();
    assert!(weights.is_empty(), "{weights:?}");
}

/// Optuna itself reads the journal, live.
#[test]
fn optuna_reads_the_study() {
    let Some(python) = std::env::var_os("NEUROTRAIN_PYTHON") else {
        eprintln!("skipped: NEUROTRAIN_PYTHON is not set");
        return;
    };
    let knows = Command::new(&python).args(["-c", "import optuna"]).output();
    if !knows.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this Python has no optuna");
        return;
    }
    let host = Program::neurotrain();
    let file = file(&host, "search: {trials: 4, pruner: median}\n");
    run(&host, &file, &[]);
    let read = |journal: &Path| {
        let script = "import sys, optuna\n\
            from optuna.storages import JournalStorage\n\
            from optuna.storages.journal import JournalFileBackend\n\
            storage = JournalStorage(JournalFileBackend(sys.argv[1]))\n\
            study, = optuna.get_all_study_summaries(storage)\n\
            study = optuna.load_study(study_name=study.study_name, storage=storage)\n\
            print(len(study.trials), study.best_trial.number, repr(study.best_value))\n";
        let output = Command::new(&python)
            .args(["-c", script])
            .arg(journal)
            .output()
            .expect("Python runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let best = summary(&host)["searches"][0]["best"].clone();
    let words = format!("4 {} {}\n", best["number"], best["value"]);
    assert_eq!(read(&journal(&host)), words);
}
