//! Optuna itself reads and writes the file, and prunes alike.

use crate::processes::{EACH, child};
use crate::{folder, objective, params, settings};
use neurotrain_study::{Direction, Pruner, Sampler, Study, TrialState, Verdict, read_only};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A Python that has Optuna; without one, the tests here are skipped.
fn python() -> Option<OsString> {
    let named = ["NEUROTRAIN_OPTUNA_PYTHON", "NEUROTRAIN_PYTHON"];
    let found = named.into_iter().filter_map(std::env::var_os).find(|python| {
        let imported = Command::new(python)
            .args(["-c", "import optuna"])
            .stderr(Stdio::null())
            .status();
        imported.is_ok_and(|status| status.success())
    });
    if found.is_none() {
        eprintln!("SKIPPED: NEUROTRAIN_OPTUNA_PYTHON names no Python that can import optuna");
    }
    found
}

fn start(python: &OsString, command: &str, input: &Value) -> Child {
    let mut child = Command::new(python)
        .args(["-c", include_str!("optuna.py"), command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.to_string().as_bytes())
        .unwrap();
    child
}

fn optuna(python: &OsString, command: &str, input: &Value) -> Value {
    let output = start(python, command, input).wait_with_output().unwrap();
    assert!(output.status.success(), "Optuna failed at `{command}`");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn open(path: &Path) -> Study {
    Study::open(path, settings(Sampler::default()), "w").unwrap()
}

/// Compares all of a study with Optuna's view of it.
fn assert_alike(study: &Study, seen: &Value) {
    let trials = study.trials();
    assert_eq!(seen["direction"], "MAXIMIZE");
    assert_eq!(seen["best"], study.best().unwrap().number);
    assert_eq!(seen["trials"].as_array().unwrap().len(), trials.len());
    for (trial, seen) in trials.iter().zip(seen["trials"].as_array().unwrap()) {
        let state = match trial.state {
            TrialState::Failed => "FAIL".to_owned(),
            state => format!("{state:?}").to_uppercase(),
        };
        let python = |value: &f64| match value {
            v if v.is_nan() => json!("nan"),
            v if v.is_infinite() => json!(v.to_string()),
            v => json!(v),
        };
        let intermediate: BTreeMap<String, Value> = trial
            .intermediate
            .iter()
            .map(|(step, value)| (step.to_string(), python(value)))
            .collect();
        let is_started = trial.state != TrialState::Waiting;
        let ours = json!({
            "number": trial.number,
            "state": state,
            "params": trial.params,
            "value": trial.value,
            "intermediate": intermediate,
            "attrs": trial.attrs,
            "timed": [is_started, trial.state.is_finished()],
        });
        assert_eq!(*seen, ours);
    }
}

#[test]
fn optuna_sees_what_we_write_and_we_see_what_it_writes() {
    let Some(python) = python() else { return };
    let folder = folder();
    let path = folder.path().join("journal");
    let mut study = open(&path);
    study
        .set_study_attr("campaign", json!({"file": "a.yaml"}))
        .unwrap();
    for number in 0..15 {
        let trial = study
            .ask(params(&[("note", json!("ä\n\"quoted\""))]))
            .unwrap()
            .unwrap();
        study.report(number, 1, 1.0 / 3.0).unwrap();
        let report = if number == 2 {
            f64::NAN
        } else {
            objective(&trial.params)
        };
        study.report(number, 2, report).unwrap();
        match number {
            3 => study.tell(number, Verdict::Failed("why".to_owned())).unwrap(),
            2 | 4 => study.tell(number, Verdict::Pruned).unwrap(),
            14 => {}
            _ => study.tell(number, Verdict::Complete(report)).unwrap(),
        }
    }
    study
        .enqueue(params(&[("lr", json!(0.001)), ("hidden", json!(64))]))
        .unwrap();
    let seen = optuna(&python, "dump", &json!(path));
    assert_eq!(seen["attrs"], json!({"campaign": {"file": "a.yaml"}}));
    assert_alike(&study, &seen);

    // Optuna runs our enqueued trial and one of its own, and enqueues another.
    let seen = optuna(&python, "extend", &json!(path));
    study.refresh().unwrap();
    assert_alike(&study, &seen);
    assert_eq!(study.trials().len(), 18);
    let enqueued = &study.trials()[15];
    assert_eq!(
        (&enqueued.params["lr"], &enqueued.params["hidden"]),
        (&json!(0.001), &json!(64))
    );
    assert_eq!(
        (enqueued.value, enqueued.attrs["by"].as_str()),
        (Some(0.125), Some("optuna"))
    );
    assert!(enqueued.intermediate[&1].is_nan() && enqueued.intermediate[&2].is_infinite());

    let trial = study.ask(BTreeMap::new()).unwrap().unwrap();
    assert_eq!(
        (trial.number, &trial.params["lr"], &trial.params["net"]),
        (17, &json!(0.0625), &json!(null))
    );
    study.tell(17, Verdict::Complete(9.0)).unwrap();
    assert_alike(&study, &optuna(&python, "dump", &json!(path)));
}

#[test]
fn optuna_and_two_of_ours_write_at_once() {
    let Some(python) = python() else { return };
    let folder = folder();
    let path = folder.path().join("journal");
    drop(open(&path));
    let ours: Vec<_> = (0..2)
        .map(|_| child("processes::writer", &path).spawn().unwrap())
        .collect();
    let theirs: Vec<_> = (0..2).map(|_| start(&python, "many", &json!(path))).collect();
    for mut process in ours.into_iter().chain(theirs) {
        assert!(process.wait().unwrap().success());
    }
    let mut study = open(&path);
    study.refresh().unwrap();
    assert_eq!(study.trials().len(), 4 * EACH);
    assert!(
        study
            .trials()
            .iter()
            .all(|trial| trial.state == TrialState::Complete && trial.params.len() == 5)
    );
    assert_alike(&study, &optuna(&python, "dump", &json!(path)));
}

#[test]
fn a_study_that_optuna_made_goes_on_here() {
    let Some(python) = python() else { return };
    let folder = folder();
    let path = folder.path().join("journal");
    // As Optuna creates it: without our record of the space.
    let created = json!({"op_code": 0, "worker_id": "o", "study_name": "study", "directions": [2]});
    std::fs::write(&path, format!("{created}\n")).unwrap();
    optuna(&python, "many", &json!(path));
    let mut other = settings(Sampler::Random);
    other.space = other
        .space
        .iter()
        .filter(|(name, _)| *name != "lr")
        .map(|(n, r)| (n, r.clone()))
        .collect();
    let message = Study::open(&path, other, "w").unwrap_err().to_string();
    assert!(message.contains("another space: `lr`"), "{message}");
    let mut study = open(&path);
    assert_eq!(study.trials().len(), 15);
    study.ask(BTreeMap::new()).unwrap().unwrap();
    assert_alike(&study, &optuna(&python, "dump", &json!(path)));
}

/// Learning curves in groups that run side by side.
fn groups() -> Vec<Vec<Vec<f64>>> {
    let chance = |seed: usize| ((seed as f64 * 12.9898).sin() * 43758.547).fract().abs();
    let curve = |trial: usize| {
        let (best, speed) = (chance(trial), 1.0 + 5.0 * chance(trial + 1000));
        let at = |step: usize| {
            let noise = 0.2 * (chance(trial * 100 + step + 5000) - 0.5);
            match (trial % 17, step) {
                (5, 6) => f64::NAN,
                _ => best * (1.0 - (-(step as f64 + 1.0) / speed).exp()) + noise,
            }
        };
        (0..27).map(at).collect::<Vec<f64>>()
    };
    (0..12)
        .map(|group| (0..4).map(|at| curve(group * 4 + at)).collect())
        .collect()
}

/// The same run of a study as in `optuna.py`.
fn decisions(pruner: &Value, direction: Direction) -> Vec<bool> {
    let folder = folder();
    let mut settings = settings(Sampler::Random);
    settings.direction = direction;
    settings.pruner = Pruner::read(pruner).unwrap();
    settings.max_steps = 27;
    let path = folder.path().join("journal");
    let mut study = Study::open(&path, settings.clone(), "w").unwrap();
    let mut decisions = Vec::new();
    for group in groups() {
        let ask = |curve| (study.ask(BTreeMap::new()).unwrap().unwrap().number, curve);
        let mut running: Vec<(u64, Vec<f64>)> = group.into_iter().map(ask).collect();
        for step in 1..=27 {
            if step % 9 == 5 {
                // A restart at any time makes no difference.
                study = Study::open(&path, settings.clone(), "w").unwrap();
            }
            running.retain(|(number, curve)| {
                study.report(*number, step, curve[step as usize - 1]).unwrap();
                let is_pruned = study.should_prune(*number, step).unwrap();
                decisions.push(is_pruned);
                if is_pruned {
                    study.tell(*number, Verdict::Pruned).unwrap();
                }
                !is_pruned
            });
        }
        for (number, curve) in running {
            study.tell(number, Verdict::Complete(curve[26])).unwrap();
        }
    }
    let trials = &read_only(&path).unwrap()[0].trials;
    assert!(trials.iter().all(|trial| trial.state.is_finished()));
    decisions
}

#[test]
fn every_pruner_decides_as_optuna_does() {
    let Some(python) = python() else { return };
    for (ours, theirs, options) in [
        (json!("median"), "MedianPruner", json!({})),
        (
            json!({"name": "median", "n_startup_trials": 3, "n_warmup_steps": 4, "interval_steps": 3, "n_min_trials": 6}),
            "MedianPruner",
            json!({"n_startup_trials": 3, "n_warmup_steps": 4, "interval_steps": 3, "n_min_trials": 6}),
        ),
        (
            json!({"name": "threshold", "lower": 0.05, "upper": 0.95, "n_warmup_steps": 3, "interval_steps": 2}),
            "ThresholdPruner",
            json!({"lower": 0.05, "upper": 0.95, "n_warmup_steps": 3, "interval_steps": 2}),
        ),
        (
            json!("asha"),
            "SuccessiveHalvingPruner",
            json!({"min_resource": 1}),
        ),
        (
            json!({"name": "asha", "min_resource": 2, "reduction_factor": 2, "min_early_stopping_rate": 1}),
            "SuccessiveHalvingPruner",
            json!({"min_resource": 2, "reduction_factor": 2, "min_early_stopping_rate": 1}),
        ),
        (json!("hyperband"), "HyperbandPruner", json!({"max_resource": 27})),
        (
            json!({"name": "hyperband", "min_resource": 2, "reduction_factor": 2}),
            "HyperbandPruner",
            json!({"min_resource": 2, "reduction_factor": 2, "max_resource": 27}),
        ),
    ] {
        for (direction, name) in [
            (Direction::Maximize, "maximize"),
            (Direction::Minimize, "minimize"),
        ] {
            let ours = decisions(&ours, direction);
            let task = json!({"pruner": theirs, "options": options, "direction": name, "groups": groups()});
            assert_eq!(
                json!(ours),
                optuna(&python, "prune", &task),
                "{theirs} {options} {name}"
            );
            let pruned = ours.iter().filter(|is_pruned| **is_pruned).count();
            assert!((3..48).contains(&pruned), "{theirs} prunes {pruned} of 48 trials");
        }
    }
}
