//! Several processes write one file.

use crate::{folder, objective, settings};
use neurotrain_study::{Sampler, Study, Trial, TrialState, Verdict, read_only};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// This program again, running one test on `path`.
pub(crate) fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--test-threads=1"]);
    command.env("STUDY_CHILD", path).stdout(Stdio::null());
    command
}

const WRITERS: usize = 4;
pub(crate) const EACH: usize = 15;

#[test]
fn four_processes_share_a_study() {
    let folder = folder();
    let path = folder.path().join("journal");
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| child("processes::writer", &path).spawn().unwrap())
        .collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let studies = read_only(&path).unwrap();
    assert_eq!(studies.len(), 1);
    let trials = &studies[0].trials;
    assert_eq!(trials.len(), WRITERS * EACH);
    let mut by_worker = BTreeMap::new();
    for (number, trial) in trials.iter().enumerate() {
        assert_eq!(
            (trial.number as usize, trial.state),
            (number, TrialState::Complete)
        );
        assert_eq!(trial.value, Some(objective(&trial.params)));
        assert_eq!(trial.intermediate.len(), 2);
        *by_worker.entry(&trial.worker).or_insert(0) += 1;
    }
    assert!(
        by_worker.len() == WRITERS && by_worker.values().all(|count| *count == EACH),
        "{by_worker:?}"
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "locks left behind"
    );
}

#[test]
fn processes_killed_at_any_time_lose_no_finished_trial() {
    let folder = folder();
    let path = folder.path().join("journal");
    let mut running: Vec<Child> = Vec::new();
    let mut finished: Vec<Trial> = Vec::new();
    for round in 0..60_u64 {
        while running.len() < 3 {
            running.push(child("processes::endless_asker", &path).spawn().unwrap());
        }
        std::thread::sleep(Duration::from_micros(7_919 * round % 40_000));
        let mut killed = running.swap_remove(0);
        killed.kill().unwrap();
        killed.wait().unwrap();
        let Some(view) = read_only(&path)
            .ok()
            .and_then(|studies| studies.into_iter().next())
        else {
            continue;
        };
        let still: Vec<Trial> = view
            .trials
            .into_iter()
            .filter(|trial| trial.state.is_finished())
            .collect();
        for trial in &finished {
            assert!(still.contains(trial), "lost: {trial:?}");
        }
        finished = still;
    }
    for mut process in running {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    assert!(finished.len() > 60, "only {} trials", finished.len());
    let mut study = Study::open(&path, settings(Sampler::Random), "w").unwrap();
    assert!(
        study.unfinished().len() <= 63,
        "more than one unfinished trial per killed process"
    );
    study.ask(BTreeMap::new()).unwrap().unwrap();
    assert!(study.trials().iter().all(|trial| trial.params.len() == 5));
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "locks left behind"
    );
}

#[test]
fn endless_asker() {
    let Some(path) = std::env::var_os("STUDY_CHILD") else {
        return;
    };
    let name = format!("worker-{}", std::process::id());
    let mut study = Study::open(Path::new(&path), settings(Sampler::Random), &name).unwrap();
    loop {
        let trial = study.ask(BTreeMap::new()).unwrap().unwrap();
        study.report(trial.number, 1, 0.5).unwrap();
        study
            .tell(trial.number, Verdict::Complete(objective(&trial.params)))
            .unwrap();
    }
}

#[test]
fn writer() {
    let Some(path) = std::env::var_os("STUDY_CHILD") else {
        return;
    };
    let name = format!("worker-{}", std::process::id());
    let mut study = Study::open(Path::new(&path), settings(Sampler::default()), &name).unwrap();
    for _ in 0..EACH {
        let trial = study.ask(BTreeMap::new()).unwrap().unwrap();
        for step in 1..3 {
            study.report(trial.number, step, step as f64).unwrap();
        }
        study
            .tell(trial.number, Verdict::Complete(objective(&trial.params)))
            .unwrap();
    }
}

#[test]
fn endless_writer() {
    let Some(path) = std::env::var_os("STUDY_CHILD") else {
        return;
    };
    let mut study = Study::open(Path::new(&path), settings(Sampler::Random), "endless").unwrap();
    for count in 0.. {
        study.set_study_attr("count", count.into()).unwrap();
    }
}
