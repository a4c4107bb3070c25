//! Full disks, broken files and dead lock holders.

use crate::processes::child;
use crate::{folder, params, settings};
use neurotrain_study::{Sampler, Study, Verdict, read_only};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn a_full_disk_is_an_error_and_memory_stays_as_the_file() {
    let folder = folder();
    let path = folder.path().join("journal");
    let output = child("faults::writer_on_a_full_disk", &path).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(fs::read(&path).unwrap().ends_with(b"\n"), "a torn line");
    let mut study = Study::open(&path, settings(Sampler::Random), "w").unwrap();
    assert!(study.ask(BTreeMap::new()).is_ok());
}

#[test]
fn writer_on_a_full_disk() {
    let Some(path) = std::env::var_os("STUDY_CHILD") else {
        return;
    };
    let path = Path::new(&path);
    // The signal would end the process; ignored, writes fail as on a full disk.
    // SAFETY: no handler is installed.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    let mut study = Study::open(path, settings(Sampler::Random), "w").unwrap();
    let limit = |bytes| {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        setrlimit(Resource::Fsize, limit).unwrap();
    };
    for extra in [0, 1, 100, 700, 1500] {
        limit(None);
        // To start an enqueued trial takes several lines, of which some may fit.
        study.enqueue(params(&[("lr", json!(0.01))])).unwrap();
        limit(Some(fs::metadata(path).unwrap().len() + extra));
        let error = loop {
            match study.ask(params(&[("note", json!("x".repeat(50)))])) {
                Ok(_) => study.report(0, study.trials().len() as u64, 0.5).unwrap_or(()),
                Err(error) => break error,
            }
        };
        assert_eq!(error.code(), "io");
        assert!(error.to_string().contains("cannot write the study"), "{error}");
        assert_eq!(
            read_only(path).unwrap()[0].trials,
            study.trials(),
            "memory differs from the file"
        );
    }
    limit(None);
    let trial = study.ask(BTreeMap::new()).unwrap().unwrap();
    study.tell(trial.number, Verdict::Complete(1.0)).unwrap();
}

#[test]
fn unusable_files_are_named() {
    let folder = folder();
    let open = |path: &Path| Study::open(path, settings(Sampler::Random), "w").unwrap_err();
    let error = open(&folder.path().join("no/such/folder"));
    assert!(
        error.code() == "io" && error.to_string().contains("no/such/folder"),
        "{error}"
    );
    assert_eq!(open(folder.path()).code(), "io");
    assert!(read_only(&folder.path().join("absent")).is_err());

    let path = folder.path().join("journal");
    drop(Study::open(&path, settings(Sampler::Random), "w").unwrap());
    let good = fs::read_to_string(&path).unwrap();
    for (line, part) in [
        ("{\"op_code\":4,\"wor{\"op_code\":0}", "not a record"),
        ("", "not a record"),
        ("{\"op_code\":99,\"worker_id\":\"w\"}", "operation 99"),
        ("{\"op_code\":4,\"worker_id\":\"w\"}", "`study_id`"),
    ] {
        fs::write(&path, format!("{good}{line}\n")).unwrap();
        let message = open(&path).to_string();
        assert!(
            message.contains("journal:3: ") && message.contains(part),
            "{message}"
        );
    }

    fs::write(&path, &good).unwrap();
    let mut study = Study::open(&path, settings(Sampler::Random), "w").unwrap();
    fs::write(&path, "").unwrap();
    let message = study.refresh().unwrap_err().to_string();
    assert!(message.contains("shorter than it was"), "{message}");
    let mut empty = settings(Sampler::Random);
    empty.space = neurotrain_study::Space::new();
    assert!(
        Study::open(&path, empty, "w")
            .unwrap_err()
            .to_string()
            .contains("nothing to search")
    );
}

#[test]
fn the_lock_of_a_killed_process_is_taken_at_once() {
    let folder = folder();
    let path = folder.path().join("journal");
    let lock = folder.path().join("journal.lock");
    // Until one is killed while it holds the lock. Nobody waits for its end: that must not matter.
    let mut killed = Vec::new();
    while fs::symlink_metadata(&lock).is_err() {
        let mut writer = child("processes::endless_writer", &path).spawn().unwrap();
        while fs::symlink_metadata(&lock).is_err() {
            std::thread::yield_now();
        }
        writer.kill().unwrap();
        std::thread::sleep(Duration::from_millis(50));
        killed.push(writer);
    }
    let start = Instant::now();
    let mut study = Study::open(&path, settings(Sampler::Random), "w").unwrap();
    study.ask(BTreeMap::new()).unwrap().unwrap();
    assert!(start.elapsed().as_secs() < 10, "waited {:?}", start.elapsed());
    for mut writer in killed {
        writer.wait().unwrap();
    }
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["journal"], "left behind");
}

#[test]
fn a_foreign_lock_is_waited_for_and_taken_after_30_seconds() {
    let folder = folder();
    let path = folder.path().join("journal");
    drop(Study::open(&path, settings(Sampler::Random), "w").unwrap());
    let lock = folder.path().join("journal.lock");
    std::os::unix::fs::symlink(&path, &lock).unwrap();
    let start = Instant::now();
    drop(Study::open(&path, settings(Sampler::Random), "w").unwrap());
    assert!(
        (29..45).contains(&start.elapsed().as_secs()),
        "waited {:?}",
        start.elapsed()
    );
    assert!(path.exists() && fs::symlink_metadata(&lock).is_err());
}
