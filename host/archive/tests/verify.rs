//! Damaged files are found and told; nothing that is damaged crashes, hangs or passes for a result.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod common;

use common::{epochs, parameters, record};
use neurotrain_archive::{
    CampaignMember, Content, Flaw, LogRecord, Parameter, RunLog, RunRecord, Status, Written, code,
    epochs_table, open_campaign, open_run, rebuild_record, runs_table, verify_campaign, verify_run,
    write_campaign, write_run,
};
use std::path::{Path, PathBuf};

/// A run with everything but a network, so that the file is small enough to be damaged at every byte.
fn small() -> (RunRecord, Vec<Parameter<'static>>) {
    let record = RunRecord {
        graph: None,
        network: None,
        ..record()
    };
    let weights: Vec<f32> = (0..24).map(|i| i as f32 / 7.0).collect();
    (record, vec![Parameter::f32("w", &[4, 6], weights)])
}

/// The run in `folder`, with its log.
fn written(folder: &Path) -> (PathBuf, Written) {
    let (record, parameters) = small();
    let path = folder.join("run.h5");
    let written = write_run(&path, &record, &parameters).unwrap();
    let mut log = RunLog::create(&folder.join("run.jsonl")).unwrap();
    let started = LogRecord::Started {
        run_id: record.run_id.clone(),
        name: record.name.clone(),
        trainer: record.trainer.clone(),
        model: record.model.clone(),
        dataset: record.dataset.clone(),
        seed: record.seed,
        host_version: "0.1.0".to_owned(),
    };
    let epochs = (1..)
        .zip(record.epochs)
        .map(|(epoch, metrics)| LogRecord::Epoch { epoch, metrics });
    let archived = LogRecord::Archived {
        archive: "run.h5".to_owned(),
        bytes: written.bytes,
        sha256: written.file_sha256.clone(),
    };
    let finished = LogRecord::Finished {
        archive: "run.h5".to_owned(),
    };
    let test = record.test.map(|scores| LogRecord::Test { scores });
    let records = std::iter::once(started)
        .chain(epochs)
        .chain(test)
        .chain([archived, finished]);
    records.for_each(|record| log.write(&record).unwrap());
    (path, written)
}

fn log_of(path: &Path) -> neurotrain_archive::LogContents {
    RunLog::read(&path.with_file_name("run.jsonl")).unwrap()
}

#[test]
fn what_was_written_passes() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path());
    let verdict = verify_run(&path, Some(&log_of(&path)));
    assert_eq!(verdict.flaws, []);
    assert!(verdict.every_bit && verdict.run.is_some());
    let alone = verify_run(&path, None);
    assert!(alone.flaws.is_empty() && !alone.every_bit);
    let large = dir.path().join("large.h5");
    write_run(&large, &record(), &parameters()).unwrap();
    assert_eq!(verify_run(&large, None).flaws, []);
}

/// With the log, no bit and no length goes unnoticed.
#[test]
fn every_flipped_bit_and_every_cut_is_found_with_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path());
    let log = log_of(&path);
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&path, &bytes).unwrap();
        let verdict = verify_run(&path, Some(&log));
        assert!(
            matches!(&verdict.flaws[..], [Flaw::Archive(reason)] if reason.contains("SHA-256")),
            "at {at}"
        );
        std::fs::write(&path, &whole[..at]).unwrap();
        let verdict = verify_run(&path, Some(&log));
        assert!(
            matches!(&verdict.flaws[..], [Flaw::Archive(reason)] if reason.contains("truncated")),
            "at {at}"
        );
    }
}

/// Without the log: an error that names the file, or the results that were written.
#[test]
fn a_damaged_file_without_a_log_is_an_error_or_harmless() {
    let step = if std::env::var_os("NEUROTRAIN_EVERY_BYTE").is_some() {
        1
    } else {
        61
    };
    let dir = tempfile::tempdir().unwrap();
    let (path, written) = written(dir.path());
    let whole = std::fs::read(&path).unwrap();
    let (mut found, mut harmless) = (0, 0);
    for at in (0..whole.len()).step_by(step) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&path, &bytes).unwrap();
        let verdict = verify_run(&path, None);
        match verdict.run {
            Some(run) => {
                harmless += 1;
                assert_eq!(run.weights_sha256, written.weights_sha256, "at {at}");
                assert_eq!(run.metrics_sha256, written.metrics_sha256, "at {at}");
                everything_else(&path);
            }
            None => {
                found += 1;
                let [Flaw::Archive(reason)] = &verdict.flaws[..] else {
                    panic!("at {at}: {:?}", verdict.flaws)
                };
                assert!(reason.contains("run.h5"), "at {at}: {reason}");
                everything_else(&path);
            }
        }
    }
    eprintln!(
        "{found} changes found, {harmless} without consequence, of {} bytes",
        whole.len()
    );
    assert!(found > 0);
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path());
    let whole = std::fs::read(&path).unwrap();
    let step = if std::env::var_os("NEUROTRAIN_EVERY_BYTE").is_some() {
        1
    } else {
        251
    };
    for length in (0..whole.len()).step_by(step) {
        std::fs::write(&path, &whole[..length]).unwrap();
        let verdict = verify_run(&path, None);
        let [Flaw::Archive(reason)] = &verdict.flaws[..] else {
            panic!("at {length}: {:?}", verdict.flaws)
        };
        assert!(reason.contains("run.h5"), "at {length}: {reason}");
        everything_else(&path);
    }
}

/// What other commands do with the file: an error, or an answer.
fn everything_else(path: &Path) {
    let Ok(run) = open_run(path) else {
        let error = open_campaign(path).unwrap_err();
        assert!([code::FOREIGN, code::CORRUPT].contains(&error.code()), "{error}");
        return;
    };
    let row = neurotrain_archive::TableRow {
        name: "run",
        study: "",
        run: &run,
    };
    runs_table(&[row]).unwrap();
    epochs_table(&[row]).unwrap();
    let member = CampaignMember {
        name: "run",
        study: "",
        run: &run,
    };
    for content in [Content::Copies, Content::Links] {
        let merged = path.with_file_name("campaign.h5");
        if let Err(error) = write_campaign(&merged, "mini", &[member], content) {
            assert!(!error.message().is_empty());
        }
    }
}

#[test]
fn a_damaged_campaign_file_names_the_run_or_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path());
    let run = open_run(&path).unwrap();
    let members = ["a", "b"].map(|name| CampaignMember {
        name,
        study: "",
        run: &run,
    });
    let merged = dir.path().join("campaign.h5");
    write_campaign(&merged, "mini", &members, Content::Copies).unwrap();
    assert_eq!(verify_campaign(&merged), []);
    let whole = std::fs::read(&merged).unwrap();
    let mut named = 0;
    for at in (0..whole.len()).step_by(173) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&merged, &bytes).unwrap();
        named += verify_campaign(&merged)
            .iter()
            .filter(|(run, _)| run.is_some())
            .count();
        std::fs::write(&merged, &whole[..at]).unwrap();
        assert!(!verify_campaign(&merged).is_empty(), "cut at {at}");
    }
    assert!(named > 0);
}

#[test]
fn a_log_that_says_otherwise_is_a_contradiction() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path());
    let (record, parameters) = small();
    let check = |changed: RunRecord, words: &str| {
        std::fs::remove_file(&path).unwrap();
        let written = write_run(&path, &changed, &parameters).unwrap();
        let mut log = log_of(&path);
        log.entries
            .retain(|entry| !matches!(entry.record, LogRecord::Archived { .. }));
        let verdict = verify_run(&path, Some(&log));
        assert!(
            matches!(&verdict.flaws[..], [Flaw::Disagreement(reason)] if reason.contains(words)),
            "{words}: {:?}",
            verdict.flaws
        );
        assert!(!written.file_sha256.is_empty());
    };
    let mut changed = record.clone();
    changed.epochs[1].train.loss += 1e-9;
    check(changed, "epoch 2");
    let mut changed = record.clone();
    changed.epochs.pop();
    check(changed, "epoch 3 is in the log");
    let mut changed = record.clone();
    changed.test = Some(neurotrain_archive::Scores::default());
    check(changed, "final test");
    let mut changed = record;
    changed.run_id = "another".to_owned();
    check(changed, "another");
}

#[test]
fn a_damaged_line_of_the_log_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path());
    let log = path.with_file_name("run.jsonl");
    let mut bytes = std::fs::read(&log).unwrap();
    let second = bytes.iter().position(|b| *b == b'\n').unwrap() + 40;
    bytes[second] ^= 1;
    std::fs::write(&log, &bytes).unwrap();
    let verdict = verify_run(&path, Some(&log_of(&path)));
    assert!(
        matches!(&verdict.flaws[..], [Flaw::Log(reason)] if reason.contains("line 2")),
        "{:?}",
        verdict.flaws
    );
}

#[test]
fn a_record_is_rebuilt_from_the_log_and_does_not_count_as_complete() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path());
    let original = open_run(&path).unwrap().record;
    let record = rebuild_record(&log_of(&path), RunRecord::default()).unwrap();
    assert!(
        record.rebuilt && matches!(&record.status, Status::Failed { reason } if reason.contains("rebuilt"))
    );
    assert_eq!((record.epochs.len(), record.test), (3, original.test));
    let again = dir.path().join("again.h5");
    write_run(&again, &record, &[]).unwrap();
    let read = open_run(&again).unwrap();
    assert!(read.record.rebuilt && !original.rebuilt);
    assert_eq!(read.record.epochs[2].train, original.epochs[2].train);
    assert_eq!(read.record.epochs[2].scalars, original.epochs[2].scalars);
    assert_eq!(read.record.run_id, original.run_id);
}

#[test]
fn a_log_cut_anywhere_gives_the_epochs_before_the_cut() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path());
    let log = path.with_file_name("run.jsonl");
    let whole = std::fs::read(&log).unwrap();
    for length in (0..whole.len()).step_by(7) {
        std::fs::write(&log, &whole[..length]).unwrap();
        let lines = whole[..length].iter().filter(|b| **b == b'\n').count();
        let expected = lines.saturating_sub(1).min(epochs().len());
        let rebuilt = rebuild_record(&log_of(&path), RunRecord::default());
        assert_eq!(rebuilt.map_or(0, |r| r.epochs.len()), expected, "cut at {length}");
    }
}

/// Epochs after a damaged line would be counted wrongly.
#[test]
fn nothing_is_taken_from_behind_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path());
    let mut log = log_of(&path);
    log.entries.remove(2);
    let record = rebuild_record(&log, RunRecord::default()).unwrap();
    assert_eq!(record.epochs.len(), 1);
}
