//! A journal cut after any byte is a study.

use crate::{folder, objective, params, settings};
use neurotrain_study::{
    Direction, Distribution, Pruner, Sampler, Study, Trial, TrialState, Verdict, read_only,
};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;

#[test]
fn a_journal_cut_after_any_byte_goes_on_without_losing_a_finished_trial() {
    let folder = folder();
    let path = folder.path().join("journal");
    let mut settings = settings(Sampler::default());
    settings.pruner = Pruner::read(&json!({"name": "asha", "min_resource": 1})).unwrap();
    let mut study = Study::open(&path, settings.clone(), "w").unwrap();
    study.enqueue(params(&[("lr", json!(0.01))])).unwrap();
    let mut known: Vec<(usize, Vec<Trial>)> = Vec::new();
    for _ in 0..4 {
        let trial = study.ask(params(&[("gpu", json!(0))])).unwrap().unwrap();
        study.report(trial.number, 1, objective(&trial.params)).unwrap();
        let verdict = match study.should_prune(trial.number, 1).unwrap() {
            true => Verdict::Pruned,
            false => Verdict::Complete(objective(&trial.params)),
        };
        study.tell(trial.number, verdict).unwrap();
        known.push((fs::read(&path).unwrap().len(), study.trials().to_vec()));
    }
    let whole = fs::read(&path).unwrap();
    let cut = folder.path().join("cut");
    for length in 0..=whole.len() {
        fs::write(&cut, &whole[..length]).unwrap();
        let finished: Vec<Trial> = known
            .iter()
            .rfind(|(end, _)| *end <= length)
            .map_or(Vec::new(), |(_, trials)| trials.clone());
        let seen = read_only(&cut).unwrap();
        let seen = seen.first().map_or(&[][..], |view| &view.trials);
        assert_eq!(&seen[..finished.len()], finished, "read only, cut at {length}");
        assert_eq!(fs::read(&cut).unwrap().len(), length, "a look changes nothing");

        let mut study = Study::open(&cut, settings.clone(), "w").unwrap();
        assert_eq!(&study.trials()[..finished.len()], finished, "cut at {length}");
        for trial in study.unfinished() {
            assert_eq!(trial.params.len(), 5, "half a suggestion, cut at {length}");
        }
        let asked = study.ask(BTreeMap::new()).unwrap().unwrap();
        assert_eq!(asked.params.len(), 5);
        study.tell(asked.number, Verdict::Complete(1.0)).unwrap();
        let text = fs::read_to_string(&cut).unwrap();
        assert!(
            text.lines()
                .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok())
        );
        assert_eq!(read_only(&cut).unwrap()[0].trials, study.trials());
    }
}

#[test]
fn a_decision_to_prune_stands() {
    let folder = folder();
    let path = folder.path().join("journal");
    let mut settings = settings(Sampler::Random);
    settings.pruner = Pruner::read(&json!({"name": "threshold", "lower": 0.5, "n_warmup_steps": 1})).unwrap();
    let mut study = Study::open(&path, settings.clone(), "w").unwrap();
    study.ask(BTreeMap::new()).unwrap();
    study.report(0, 0, 0.1).unwrap();
    assert!(!study.should_prune(0, 0).unwrap());
    study.report(0, 1, 0.1).unwrap();
    assert!(study.should_prune(0, 1).unwrap());
    settings.pruner = Pruner::read(&json!("median")).unwrap();
    let mut later = Study::open(&path, settings, "v").unwrap();
    assert!(!later.should_prune(0, 0).unwrap());
    assert!(later.should_prune(0, 1).unwrap());
    assert!(later.should_prune(0, 7).unwrap());
    assert!(later.report(0, 2, 0.9).is_ok());
}

#[test]
fn another_space_or_direction_is_refused_with_what_differs() {
    let folder = folder();
    let path = folder.path().join("journal");
    drop(Study::open(&path, settings(Sampler::Random), "w").unwrap());
    let mut other = settings(Sampler::default());
    other
        .space
        .insert("lr", Distribution::float(1e-5, 0.2, true, None).unwrap());
    other
        .space
        .insert("new", Distribution::int(0, 1, false, 1).unwrap());
    let message = Study::open(&path, other, "w").unwrap_err().to_string();
    for part in [
        "another space",
        "`lr` was",
        "0.2",
        "`new` is new",
        "another name or file",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let mut other = settings(Sampler::Random);
    other.direction = Direction::Minimize;
    let message = Study::open(&path, other.clone(), "w").unwrap_err().to_string();
    assert!(message.contains("another direction"), "{message}");
    other.name = "second".to_owned();
    let mut second = Study::open(&path, other, "w").unwrap();
    second.ask(BTreeMap::new()).unwrap();
    second.tell(0, Verdict::Complete(f64::INFINITY)).unwrap();
    let names: Vec<_> = read_only(&path)
        .unwrap()
        .into_iter()
        .map(|s| (s.name, s.trials.len()))
        .collect();
    assert_eq!(names, [("study".to_owned(), 0), ("second".to_owned(), 1)]);
    assert_eq!(second.trials()[0].state, TrialState::Complete);
    assert_eq!(second.trials()[0].value, Some(f64::INFINITY));
}
