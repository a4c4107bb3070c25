//! What a trial tries depends on nothing but the finished trials.

use crate::{folder, objective, params, settings, space};
use neurotrain_study::{Sampler, Study, TrialState, Verdict, read_only};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

fn every() -> Vec<Sampler> {
    ["tpe", "random", "cmaes", "grid"]
        .map(|name| Sampler::read(&json!(name)).unwrap())
        .into()
}

fn verdict(number: u64, params: &BTreeMap<String, Value>) -> Verdict {
    match number % 7 {
        3 => Verdict::Failed("on purpose".to_owned()),
        5 => Verdict::Pruned,
        _ => Verdict::Complete(objective(params)),
    }
}

#[test]
fn a_restart_before_every_trial_changes_no_suggestion() {
    for sampler in every() {
        let folder = folder();
        let whole = folder.path().join("whole");
        let cut = folder.path().join("cut");
        let open = |path: &Path| Study::open(path, settings(sampler.clone()), "w").unwrap();
        let mut study = open(&whole);
        for _ in 0..40 {
            let mut other = open(&cut);
            let trial = study.ask(BTreeMap::new()).unwrap().unwrap();
            assert_eq!(
                other.ask(BTreeMap::new()).unwrap().unwrap().params,
                trial.params,
                "{sampler:?}"
            );
            for (name, range) in space().iter() {
                assert!(
                    range.contains(&trial.params[name]),
                    "{name} is {}",
                    trial.params[name]
                );
            }
            study
                .tell(trial.number, verdict(trial.number, &trial.params))
                .unwrap();
            open(&cut)
                .tell(trial.number, verdict(trial.number, &trial.params))
                .unwrap();
        }
    }
}

#[test]
fn the_order_in_which_trials_finish_changes_no_suggestion() {
    for sampler in every() {
        let folder = folder();
        let mut seen = Vec::new();
        for order in [[0, 1, 2, 3, 4], [4, 2, 0, 3, 1]] {
            let path = folder.path().join(format!("{order:?}"));
            let mut study = Study::open(&path, settings(sampler.clone()), "w").unwrap();
            for _ in 0..6 {
                let asked: Vec<_> = (0..5)
                    .map(|_| study.ask(BTreeMap::new()).unwrap().unwrap())
                    .collect();
                for at in order {
                    let trial: &neurotrain_study::Trial = &asked[at];
                    study
                        .tell(trial.number, verdict(trial.number, &trial.params))
                        .unwrap();
                }
            }
            // Nor does what running trials report.
            let running = study.ask(BTreeMap::new()).unwrap().unwrap();
            if order[0] > 0 {
                study.report(running.number, 1, 1e9).unwrap();
            }
            seen.push(study.ask(BTreeMap::new()).unwrap().unwrap().params);
        }
        assert_eq!(seen[0], seen[1], "{sampler:?}");
    }
}

#[test]
fn logarithms_of_another_machine_do_not_start_cma_es_again() {
    let folder = folder();
    let (path, other) = (folder.path().join("journal"), folder.path().join("other"));
    let cmaes = Sampler::read(&json!("cmaes")).unwrap();
    let mut study = Study::open(&path, settings(cmaes.clone()), "w").unwrap();
    for _ in 0..40 {
        let trial = study.ask(BTreeMap::new()).unwrap().unwrap();
        let verdict = Verdict::Complete(objective(&trial.params));
        study.tell(trial.number, verdict).unwrap();
    }
    let mut changed = String::new();
    for line in std::fs::read_to_string(&path).unwrap().lines() {
        let mut record: Value = serde_json::from_str(line).unwrap();
        if let Some(lr) = record.pointer_mut("/params/lr") {
            *lr = json!(lr.as_f64().unwrap().next_up());
        }
        changed.push_str(&format!("{record}\n"));
    }
    std::fs::write(&other, changed).unwrap();
    let here = study.ask(BTreeMap::new()).unwrap().unwrap();
    let mut study = Study::open(&other, settings(cmaes), "w").unwrap();
    let there = study.ask(BTreeMap::new()).unwrap().unwrap();
    let lr = |trial: &neurotrain_study::Trial| trial.params["lr"].as_f64().unwrap();
    assert!(
        (lr(&here) / lr(&there) - 1.0).abs() < 1e-9,
        "{} and {}",
        lr(&here),
        lr(&there)
    );
}

#[test]
fn enqueued_trials_come_first_and_keep_what_they_fix() {
    let folder = folder();
    let path = folder.path().join("journal");
    let mut study = Study::open(&path, settings(Sampler::default()), "w").unwrap();
    study.ask(BTreeMap::new()).unwrap();
    let fixed = params(&[("lr", json!(0.001)), ("net", json!(null))]);
    assert_eq!(study.enqueue(fixed.clone()).unwrap(), 1);
    assert_eq!(study.trials()[1].state, TrialState::Waiting);
    let mut other = Study::open(&path, settings(Sampler::default()), "v").unwrap();
    let trial = other.ask(params(&[("gpu", json!(3))])).unwrap().unwrap();
    assert_eq!(
        (trial.number, trial.state, trial.worker.as_str()),
        (1, TrialState::Running, "v")
    );
    assert_eq!(trial.attrs, params(&[("gpu", json!(3))]));
    assert_eq!(
        (&trial.params["lr"], &trial.params["net"]),
        (&fixed["lr"], &fixed["net"])
    );
    assert_eq!(trial.params.len(), 5);
    assert_eq!(study.ask(BTreeMap::new()).unwrap().unwrap().number, 2);
    assert_eq!(study.unfinished().len(), 3);
    for (wrong, part) in [
        (params(&[("lrr", json!(1))]), "no parameter `lrr`"),
        (params(&[("lr", json!(1))]), "`lr`: 1 is not in"),
        (params(&[("net", json!("rnn"))]), "not in"),
    ] {
        let message = study.enqueue(wrong).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn told_twice_is_told_once_and_told_otherwise_is_an_error() {
    let folder = folder();
    let path = folder.path().join("journal");
    let mut study = Study::open(&path, settings(Sampler::Random), "w").unwrap();
    for _ in 0..3 {
        study.ask(BTreeMap::new()).unwrap();
    }
    let size = || std::fs::metadata(&path).unwrap().len();
    study.report(0, 1, 0.5).unwrap();
    study.report(1, 1, f64::NAN).unwrap();
    study.set_attr(0, "gpu", json!("a")).unwrap();
    study.set_study_attr("file", json!("a.yaml")).unwrap();
    study.tell(0, Verdict::Complete(0.25)).unwrap();
    study.tell(1, Verdict::Complete(f64::NAN)).unwrap();
    study.report(2, 4, 0.75).unwrap();
    study.tell(2, Verdict::Pruned).unwrap();
    let before = size();
    study.report(0, 1, 0.5).unwrap();
    study.report(1, 1, f64::NAN).unwrap();
    study.set_attr(0, "gpu", json!("a")).unwrap();
    study.set_study_attr("file", json!("a.yaml")).unwrap();
    study.tell(0, Verdict::Complete(0.25)).unwrap();
    study
        .tell(1, Verdict::Failed("otherwise said".to_owned()))
        .unwrap();
    study.tell(2, Verdict::Pruned).unwrap();
    assert_eq!(size(), before, "told again");
    for (done, part) in [
        (study.report(0, 1, 0.75), "step 1 has the value 0.5, not 0.75"),
        (study.report(0, 2, 0.75), "it is complete with 0.25"),
        (study.tell(0, Verdict::Complete(0.5)), "complete with 0.25"),
        (study.tell(0, Verdict::Pruned), "not Pruned"),
        (study.set_attr(0, "gpu", json!("b")), "`gpu` stays"),
        (study.tell(9, Verdict::Pruned), "no trial 9"),
    ] {
        let message = done.unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(size(), before, "told otherwise");
    let view = &read_only(&path).unwrap()[0];
    let states: Vec<_> = view
        .trials
        .iter()
        .map(|trial| (trial.state, trial.value))
        .collect();
    let expected = [
        (TrialState::Complete, Some(0.25)),
        (TrialState::Failed, None),
        (TrialState::Pruned, Some(0.75)),
    ];
    assert_eq!(states, expected);
    assert_eq!(
        view.trials[1].attrs["failure"],
        "the objective value is not a number"
    );
    assert_eq!(study.best().map(|trial| trial.number), Some(0));
    assert_eq!(view.attrs["file"], "a.yaml");
}

#[test]
fn a_grid_visits_everything_once_and_ends() {
    let folder = folder();
    let mut settings = settings(Sampler::Grid { points: 3 });
    settings.space = space()
        .iter()
        .filter(|(name, _)| *name != "width")
        .map(|(n, r)| (n, r.clone()))
        .collect();
    let mut study = Study::open(&folder.path().join("journal"), settings, "w").unwrap();
    study.enqueue(params(&[("net", json!("fc"))])).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    study.ask(BTreeMap::new()).unwrap().unwrap();
    while let Some(trial) = study.ask(BTreeMap::new()).unwrap() {
        assert!(
            seen.insert(format!("{:?}", trial.params)),
            "twice: {:?}",
            trial.params
        );
    }
    // Three points of `lr`, five steps of `beta`, eight of `hidden`, three nets.
    assert_eq!(seen.len(), 3 * 5 * 8 * 3);
}
