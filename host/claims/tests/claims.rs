//! Claims between several takers: one has the job, the dead and the silent lose it, nobody loses it otherwise.

use neurotrain_claims::{Claim, Claims, Holder, Taken, list};
use neurotrain_tests::wait_for;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

const LONG: Duration = Duration::from_secs(60);

fn open(folder: &Path, timeout: Duration) -> Claims {
    Claims::open(folder, "test", timeout).expect("a writable folder")
}

fn mine(claims: &Claims, key: &str) -> Option<Claim> {
    match claims.take(key).expect("a readable folder") {
        Taken::Mine(claim, _) => Some(claim),
        Taken::Held(_) => None,
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a readable folder");
    let mut names: Vec<String> = entries
        .map(|e| e.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

/// A claim of a machine that is not this one.
fn foreign(folder: &Path, key: &str, number: u64, timeout: Duration) -> PathBuf {
    let holder = Holder {
        format: 1,
        key: key.to_owned(),
        token: format!("far-{number}"),
        host: "far".to_owned(),
        pid: 1,
        process_started: Some(1),
        boot: Some("another".to_owned()),
        pid_namespace: Some("another".to_owned()),
        worker: "slurm 17_3".to_owned(),
        created: "2026-01-31T12:00:00Z".to_owned(),
        timeout_seconds: timeout.as_secs_f64(),
    };
    let path = folder.join(format!("{key}.{number}"));
    std::fs::write(&path, serde_json::to_string(&holder).expect("JSON")).expect("a writable folder");
    path
}

fn grow_old(path: &Path) {
    let file = File::options().append(true).open(path).expect("the claim");
    let past = SystemTime::now() - Duration::from_secs(3600);
    file.set_modified(past).expect("its time");
}

#[test]
fn a_job_has_one_holder_and_is_free_again_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (open(folder.path(), LONG), open(folder.path(), LONG));
    let claim = mine(&one, "a").expect("nobody has it");
    assert!(mine(&two, "a").is_none() && mine(&one, "a").is_none());
    assert!(mine(&two, "b").is_some(), "another job");
    let listed = list(folder.path()).unwrap();
    assert_eq!(listed.len(), 1);
    assert!(!listed[0].stale && listed[0].described().contains("test"));
    drop(claim);
    assert!(names(folder.path()).is_empty());
    assert!(mine(&two, "a").is_some());
}

#[test]
fn of_many_takers_one_wins_whether_the_job_is_free_or_stale() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..60 {
        let key = format!("job{round}");
        if round % 2 == 1 {
            grow_old(&foreign(folder.path(), &key, 4, LONG));
        }
        let (winners, barrier) = (AtomicUsize::new(0), Barrier::new(8));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let claims = open(folder.path(), LONG);
                    barrier.wait();
                    let claim = mine(&claims, &key);
                    winners.fetch_add(usize::from(claim.is_some()), Ordering::SeqCst);
                    // Nobody gives it back before all have tried.
                    barrier.wait();
                });
            }
        });
        assert_eq!(winners.load(Ordering::SeqCst), 1, "round {round}");
    }
    assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
}

#[test]
fn a_silent_holder_loses_the_job_after_the_time_it_promised() {
    let folder = tempfile::tempdir().unwrap();
    let claims = open(folder.path(), LONG);
    let path = foreign(folder.path(), "a", 7, Duration::from_millis(600));
    assert!(mine(&claims, "a").is_none(), "it has just given a sign");
    let Taken::Held(held) = claims.take("a").unwrap() else {
        panic!("it has just given a sign");
    };
    assert!(held.described().contains("far") && held.described().contains("slurm 17_3"));
    let claim = wait_for("the claim to become stale", || mine(&claims, "a"));
    assert!(!path.exists() && !claim.lost());
    assert_eq!(names(folder.path()), ["a.8"]);
}

#[test]
fn a_living_holder_keeps_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let short = Duration::from_millis(600);
    let (one, two) = (open(folder.path(), short), open(folder.path(), short));
    let claim = mine(&one, "a").expect("nobody has it");
    let begun = std::time::Instant::now();
    while begun.elapsed() < 4 * short {
        assert!(mine(&two, "a").is_none());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!claim.lost());
}

#[test]
fn a_holder_that_wakes_up_too_late_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (
        open(folder.path(), Duration::from_secs(3)),
        open(folder.path(), LONG),
    );
    let claim = mine(&one, "a").expect("nobody has it");
    // As if it had slept; its heartbeat may be faster than this.
    let taken = wait_for("a take-over", || {
        grow_old(&folder.path().join("a.1"));
        mine(&two, "a")
    });
    wait_for("the first holder to know", || claim.lost().then_some(()));
    drop(claim);
    assert_eq!(
        names(folder.path()),
        ["a.2"],
        "it gave back what it does not have"
    );
    assert!(!taken.lost());
}

#[test]
fn what_a_taker_left_when_it_died_in_the_act_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    for number in [3, 4] {
        grow_old(&foreign(folder.path(), "a", number, LONG));
    }
    let claims = open(folder.path(), LONG);
    let claim = mine(&claims, "a").expect("both are stale");
    assert_eq!(names(folder.path()), ["a.5"]);
    drop(claim);
    foreign(folder.path(), "b", 1, LONG);
    std::fs::write(folder.path().join("b.2"), "{\"half\": ").unwrap();
    assert!(mine(&claims, "b").is_none(), "it was written just now");
    grow_old(&folder.path().join("b.2"));
    assert!(mine(&claims, "b").is_some());
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("occupied");
    std::fs::write(&file, "").unwrap();
    let error = Claims::open(&file.join("claims"), "test", LONG).unwrap_err();
    assert!(error.message().contains("occupied") && !error.hint().is_empty());
    assert!(list(&folder.path().join("absent")).unwrap().is_empty());
}
