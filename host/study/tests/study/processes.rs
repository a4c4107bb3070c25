//! Several processes write one file.

use crate::{folder, objective, settings};
use neurotrain_study::{Sampler, Study, TrialState, Verdict, read_only};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

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
