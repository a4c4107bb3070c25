//! The log of a run: nothing is lost that was written, whatever happens.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod common;

use common::{epochs, run_child};
use neurotrain_archive::{LogRecord, RunLog, Scores, code};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn records() -> Vec<LogRecord> {
    let mut metrics = epochs();
    metrics[1].train.loss = f64::INFINITY;
    let epoch = |(i, metrics)| LogRecord::Epoch { epoch: i, metrics };
    let mut records = vec![LogRecord::Started {
        run_id: "c0ffee".to_owned(),
        name: "a \"name\"\nof two lines".to_owned(),
        trainer: "eprop".to_owned(),
        model: "r_snn".to_owned(),
        dataset: "MNIST".to_owned(),
        seed: u64::MAX,
        host_version: "0.1.0".to_owned(),
    }];
    records.extend((1..).zip(metrics).map(epoch));
    records.push(LogRecord::Message {
        level: "warn".to_owned(),
        text: "µ".to_owned(),
    });
    records.push(LogRecord::Test {
        scores: Scores {
            accuracy: 0.9,
            loss: 1.0 / 3.0,
        },
    });
    records.push(LogRecord::Failed {
        reason: "disk full".to_owned(),
    });
    records.push(LogRecord::Finished {
        archive: "run.h5".to_owned(),
    });
    records
}

fn written() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.log");
    let mut log = RunLog::create(&path).unwrap();
    records().iter().for_each(|r| log.write(r).unwrap());
    (dir, path)
}

fn read(path: &std::path::Path) -> Vec<LogRecord> {
    RunLog::read(path)
        .unwrap()
        .entries
        .into_iter()
        .map(|e| e.record)
        .collect()
}

#[test]
fn records_survive() {
    let (_dir, path) = written();
    let contents = RunLog::read(&path).unwrap();
    assert_eq!(read(&path), records());
    assert_eq!((contents.torn.clone(), contents.damaged.len()), (None, 0));
    assert!(contents.finished() && contents.warning().is_none());
    for line in fs::read_to_string(&path).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["time"].as_str().unwrap().ends_with('Z') && line["crc32"].is_string());
    }
}

#[test]
fn a_loss_that_is_no_number_survives() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.log");
    let scores = Scores {
        accuracy: 0.1,
        loss: f64::NAN,
    };
    RunLog::create(&path)
        .unwrap()
        .write(&LogRecord::Test { scores })
        .unwrap();
    let [LogRecord::Test { scores }] = read(&path)[..] else {
        panic!()
    };
    assert!(scores.loss.is_nan());
}

#[test]
fn a_log_cut_at_any_byte_keeps_every_whole_record() {
    let (_dir, path) = written();
    let whole = fs::read(&path).unwrap();
    for length in (0..whole.len()).filter(|l| l % 5 == 0 || whole[l.saturating_sub(1)] == b'\n') {
        fs::write(&path, &whole[..length]).unwrap();
        let complete = whole[..length].iter().filter(|b| **b == b'\n').count();
        let contents = RunLog::read(&path).unwrap();
        assert_eq!(contents.entries.len(), complete, "cut at {length}");
        assert_eq!(
            contents.torn.is_some(),
            length > 0 && whole[length - 1] != b'\n',
            "cut at {length}"
        );
        assert!(contents.damaged.is_empty());
    }
    fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    let warning = RunLog::read(&path).unwrap().warning().unwrap();
    assert!(warning.contains("line 8 was being written"), "{warning}");
}

#[test]
fn appending_does_not_glue_to_a_torn_line() {
    let (_dir, path) = written();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let (mut log, contents) = RunLog::append(&path).unwrap();
    assert!(contents.torn.is_some() && contents.entries.len() == records().len() - 1);
    log.write(&records()[0]).unwrap();
    let mut expected = records();
    expected.pop();
    expected.push(records()[0].clone());
    assert_eq!(read(&path), expected);
    assert!(RunLog::read(&path).unwrap().warning().is_none());
}

#[test]
fn a_damaged_line_costs_only_itself() {
    let (_dir, path) = written();
    let mut bytes = fs::read(&path).unwrap();
    let second = bytes.iter().position(|b| *b == b'\n').unwrap() + 40;
    bytes[second] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let contents = RunLog::read(&path).unwrap();
    assert_eq!(contents.entries.len(), records().len() - 1);
    assert_eq!(contents.damaged.len(), 1);
    assert_eq!(contents.damaged[0].line, 2);
    assert!(
        contents
            .warning()
            .unwrap()
            .contains("line 2 is damaged: its checksum"),
        "{contents:?}"
    );
    // Continuing keeps the damaged line for whoever wants to look at it.
    let (mut log, _) = RunLog::append(&path).unwrap();
    log.write(&records()[0]).unwrap();
    assert_eq!(RunLog::read(&path).unwrap().entries.len(), records().len());
}

#[test]
fn a_kind_of_the_future_is_kept_as_unknown() {
    let (_dir, path) = written();
    let body = r#"{"time":"2030-01-01T00:00:00Z","record":{"kind":"energy","joules":3}"#;
    let line = format!(
        "{body},\"crc32\":\"{:08x}\"}}\n",
        crc32fast::hash(body.as_bytes())
    );
    fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap()
        .write_all(line.as_bytes())
        .unwrap();
    assert_eq!(read(&path).last(), Some(&LogRecord::Unknown));
}

#[test]
fn two_writers_are_kept_apart() {
    let (_dir, path) = written();
    let (log, _) = RunLog::append(&path).unwrap();
    assert_eq!(RunLog::append(&path).unwrap_err().code(), code::LOCKED);
    assert_eq!(RunLog::create(&path).unwrap_err().code(), code::EXISTS);
    assert_eq!(read(&path), records());
    drop(log);
    RunLog::append(&path).unwrap();
    assert_eq!(
        RunLog::append(&path.with_extension("none")).unwrap_err().code(),
        code::UNREADABLE
    );
}

#[test]
fn a_full_disk_leaves_a_whole_log() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", r#"trap "" XFSZ; ulimit -f 8; exec "$@""#, "sh"]);
    let report = run_child(command, "child_fills_its_log", dir.path());
    assert!(
        report.contains("File too large") && report.contains("free space"),
        "{report}"
    );
    let contents = RunLog::read(&dir.path().join("run.log")).unwrap();
    assert!(
        contents.warning().is_none() && !contents.entries.is_empty(),
        "{contents:?}"
    );
}

/// Runs as a child that may write little.
#[test]
#[ignore = "a part of another test"]
fn child_fills_its_log() {
    let Some(folder) = std::env::var_os("FOLDER").map(PathBuf::from) else {
        return;
    };
    let mut log = RunLog::create(&folder.join("run.log")).unwrap();
    let error = (0..10_000).find_map(|_| log.write(&records()[1]).err()).unwrap();
    assert_eq!(error.code(), code::FULL);
    println!("{error}");
}

#[test]
fn a_killed_writer_loses_at_most_the_last_record() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_writes_until_killed", "--ignored", "--nocapture"])
        .env("FOLDER", dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let told = lines.filter_map(|l| l.strip_prefix("written ").map(|n| n.parse::<usize>().unwrap()));
    let told = told.take(50).last().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let contents = RunLog::read(&dir.path().join("run.log")).unwrap();
    assert!(
        contents.entries.len() >= told,
        "{} of {told}",
        contents.entries.len()
    );
    assert!(contents.damaged.is_empty());
}

/// Runs as a child that is killed.
#[test]
#[ignore = "a part of another test"]
fn child_writes_until_killed() {
    let Some(folder) = std::env::var_os("FOLDER").map(PathBuf::from) else {
        return;
    };
    let mut log = RunLog::create(&folder.join("run.log")).unwrap();
    println!();
    for count in 1..100_000 {
        log.write(&records()[1]).unwrap();
        println!("written {count}");
    }
}
