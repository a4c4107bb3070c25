//! `neurotrain archive` with real processes: what runs have left is listed, checked, merged, compared and exported,
//! and whatever is damaged is named.
#![allow(clippy::print_stderr, reason = "tests that may be skipped loudly")]

use neurotrain_archive::{RunLog, Status, open_campaign, open_run, open_runs};
use neurotrain_tests::{Finished, Program, archives_below};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

const CAMPAIGN: &str = "\
name: mini
trainers: [bptt, ottt]
models: [fc_snn]
datasets: [digits]
seeds: [1, 2]
runtime: {epochs: 2, batch_size: 128}
overrides:
  models: {fc_snn: {hidden_sizes: [32]}}
  datasets: {digits: {T: 5}}
";

/// The campaign, trained once for all tests.
static TRAINED: LazyLock<Program> = LazyLock::new(|| {
    let host = Program::neurotrain();
    std::fs::write(host.scratch().join("mini.yaml"), CAMPAIGN).expect("the scratch folder is writable");
    host.run(["run", "mini.yaml", "--jobs", "2"]).expect(0);
    host
});

/// A program with a copy of the trained campaign in `runs/mini`.
fn trained() -> Program {
    let host = Program::neurotrain();
    let copied = Command::new("cp")
        .arg("-a")
        .args([
            TRAINED.scratch().join("runs"),
            TRAINED.scratch().join("mini.yaml"),
        ])
        .arg(host.scratch())
        .status()
        .expect("`cp` starts");
    assert!(copied.success());
    host
}

fn archive(host: &Program, args: &[&str]) -> Finished {
    let finished = host.run([&["archive"], args].concat());
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    finished
}

fn runs(host: &Program) -> Vec<PathBuf> {
    archives_below(&host.scratch().join("runs/mini/runs"))
}

fn says(finished: &Finished, words: &[&str]) {
    let all = format!("{}{}", finished.stdout, finished.stderr);
    for word in words {
        assert!(all.contains(word), "`{word}` is not said:\n{all}");
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).expect("a file");
    let at = at % bytes.len();
    bytes[at] ^= 0x10;
    std::fs::write(path, bytes).expect("the scratch folder is writable");
}

/// Runs a script of this folder with Python, if there is one with what it imports.
fn python(variables: &[&str], script: &str, imports: &str, args: &[&Path]) {
    let usable = variables.iter().filter_map(std::env::var_os).find(|python| {
        let probe = Command::new(python)
            .args(["-c", &format!("import {imports}")])
            .output();
        probe.is_ok_and(|output| output.status.success())
    });
    let Some(python) = usable else {
        eprintln!(
            "SKIPPED: no Python with {imports}; name one in {}",
            variables.join(" or ")
        );
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/python")
        .join(script);
    let output = Command::new(python)
        .arg(script)
        .args(args)
        .output()
        .expect("Python starts");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}");
    eprintln!("{said}");
}

#[test]
fn a_campaign_is_merged_into_one_file_that_python_reads() {
    let host = trained();
    let merged = host.scratch().join("runs/mini/campaign.h5");
    let finished = archive(&host, &["merge", "runs/mini"]).expect(0);
    says(&finished, &["campaign.h5", "4 runs"]);
    says(&archive(&host, &["merge", "runs/mini"]).expect(0), &["unchanged"]);
    archive(&host, &["merge", "runs/mini", "--link", "-o", "runs/linked.h5"]).expect(0);
    let linked = host.scratch().join("runs/linked.h5");
    for file in [&merged, &linked] {
        let campaign = open_campaign(file).expect("a campaign file");
        assert_eq!((campaign.name.as_str(), campaign.runs.len()), ("mini", 4));
        for run in open_runs(file).expect("whole runs") {
            let single = runs(&host)
                .into_iter()
                .map(|path| open_run(&path).expect("a whole archive"))
                .find(|single| single.record.name == run.record.name)
                .expect("the run it was made of");
            assert_eq!(run.record, single.record);
            assert_eq!(
                run.read_parameters().expect("weights that match their digest"),
                single.read_parameters().expect("weights that match their digest")
            );
        }
    }
    for name in ["runs/mini/campaign.h5", "runs/linked.h5"] {
        archive(&host, &["verify", name]).expect(0);
        let listed = archive(&host, &["ls", name]).expect(0);
        assert_eq!(listed.stdout.matches("completed").count(), 4, "{}", listed.stdout);
        archive(&host, &["diff", "runs/mini", name]).expect(0);
    }
    says(
        &archive(&host, &["show", "runs/linked.h5"]).expect(0),
        &["Parameters", "bptt"],
    );
    python(
        &["NEUROTRAIN_PYTHON"],
        "read_campaign.py",
        "h5py, h5netcdf, pandas, xarray",
        &[&merged, &linked],
    );
}

#[test]
fn what_is_missing_or_damaged_is_listed_and_not_merged() {
    let host = trained();
    let all = runs(&host);
    flip(&all[0], 20_000);
    std::fs::remove_dir_all(all[1].parent().expect("a run folder")).expect("a folder");
    std::fs::remove_file(&all[2]).expect("a file");
    let names: Vec<String> = all
        .iter()
        .map(|path| {
            let folder = path
                .parent()
                .and_then(Path::file_name)
                .expect("a run folder")
                .to_string_lossy();
            folder.rsplit_once('-').expect("NAME-ID").0.to_owned()
        })
        .collect();
    let merged = host.scratch().join("runs/mini/campaign.h5");
    let finished = archive(&host, &["merge", "runs/mini"]).expect(1);
    says(
        &finished,
        &["SHA-256", "never started", "interrupted", "--partial"],
    );
    says(&finished, &[&names[0], &names[1], &names[2]]);
    assert!(!merged.exists());
    let finished = archive(&host, &["merge", "runs/mini", "--partial"]).expect(0);
    says(&finished, &["1 run", &names[0]]);
    let campaign = open_campaign(&merged).expect("a campaign file");
    assert_eq!(campaign.runs[0].0, names[3]);
    // A run file is never replaced by a campaign.
    let target = all[3].to_str().expect("UTF-8");
    let before = std::fs::read(&all[3]).expect("a file");
    says(
        &archive(&host, &["merge", "runs/mini", "--partial", "-o", target]).expect(1),
        &["never overwritten"],
    );
    assert_eq!(std::fs::read(&all[3]).expect("a file"), before);
}

#[test]
fn a_damaged_run_is_found_rebuilt_and_done_again() {
    let host = trained();
    archive(&host, &["verify", "runs/mini"]).expect(0);
    let all = runs(&host);
    let originals: Vec<_> = all
        .iter()
        .map(|path| open_run(path).expect("a whole archive"))
        .collect();
    flip(&all[0], 12_345);
    let whole = std::fs::read(&all[1]).expect("a file");
    std::fs::write(&all[1], &whole[..whole.len() / 2]).expect("the scratch folder is writable");
    std::fs::remove_file(&all[2]).expect("a file");
    let finished = archive(&host, &["verify", "runs/mini"]).expect(1);
    says(
        &finished,
        &["3 faults", "SHA-256", "truncated", "there is no archive"],
    );
    for path in &all[..3] {
        says(
            &finished,
            &[path
                .parent()
                .and_then(Path::file_name)
                .and_then(|n| n.to_str())
                .expect("UTF-8")],
        );
    }
    let json = archive(&host, &["verify", "runs/mini", "--json"]).expect(1);
    let findings: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    let faults = findings
        .as_array()
        .expect("a list")
        .iter()
        .filter(|f| f["verdict"] == "fault");
    assert_eq!(faults.count(), 3);

    says(
        &archive(&host, &["verify", "runs/mini", "--rebuild"]).expect(1),
        &["2 epochs rebuilt", "run.h5.corrupt"],
    );
    for (path, original) in all[..3].iter().zip(&originals) {
        let run = open_run(path).expect("a rebuilt archive");
        assert!(run.record.rebuilt && matches!(run.record.status, Status::Failed { .. }));
        assert!(run.parameters.is_empty());
        assert_eq!(run.record.epochs, original.record.epochs);
        assert_eq!(run.record.test, original.record.test);
        assert_eq!(run.record.layers, original.record.layers);
        assert_eq!(run.record.splits, original.record.splits);
        assert_eq!(run.record.provenance.dataset, original.record.provenance.dataset);
        assert_eq!(run.record.config.resolved, original.record.config.resolved);
        assert_eq!(run.record.run_id, original.record.run_id);
    }
    assert!(
        all[0].with_file_name("run.h5.corrupt").exists() && !all[2].with_file_name("run.h5.corrupt").exists()
    );
    archive(&host, &["verify", "runs/mini"]).expect(0);
    let listed = archive(&host, &["ls", "runs/mini"]).expect(0);
    assert_eq!(listed.stdout.matches("rebuilt").count(), 3, "{}", listed.stdout);
    let exported = archive(&host, &["export", "runs/mini", "--format", "csv"]).expect(0);
    assert_eq!(exported.stdout.lines().count(), 1 + 4 * 2, "{}", exported.stdout);

    // Rebuilt runs do not count: the next start does them again, with the same result.
    let again = host.run(["run", "mini.yaml", "--jobs", "2"]).expect(0);
    assert!(again.stdout.contains("Not repeated"), "{}", again.stdout);
    assert_eq!(runs(&host).len(), 7);
    archive(&host, &["merge", "runs/mini"]).expect(0);
    for run in open_runs(&host.scratch().join("runs/mini/campaign.h5")).expect("whole runs") {
        let original = originals
            .iter()
            .find(|o| o.record.name == run.record.name)
            .expect("the first attempt");
        assert_eq!(run.weights_sha256, original.weights_sha256);
    }
}

#[test]
fn a_log_records_the_bytes_of_its_archive() {
    let host = trained();
    for path in runs(&host) {
        let log = RunLog::read(&path.with_file_name("run.jsonl")).expect("a readable log");
        let (bytes, sha256) = log.archived().expect("a record of the archive");
        assert_eq!(bytes, std::fs::metadata(&path).expect("a file").len());
        assert_eq!(sha256.len(), 64);
        let verdict = neurotrain_archive::verify_run(&path, Some(&log));
        assert!(verdict.flaws.is_empty() && verdict.every_bit);
    }
}

#[test]
fn leftovers_of_dead_writers_are_listed_and_removed() {
    let host = trained();
    let folder = runs(&host)[0].parent().expect("a run folder").to_owned();
    let campaign = host.scratch().join("runs/mini");
    let dead = [folder.join(".run.h5-a1B2c3.tmp"), campaign.join(".writeA1b2C3")];
    let young = folder.join(".checkpointAbCdEf");
    let locked = campaign.join(".campaign.h5-a1B2c3.tmp");
    let old = SystemTime::now() - Duration::from_secs(3600);
    for path in dead.iter().chain([&young, &locked]) {
        std::fs::write(path, "half").expect("the scratch folder is writable");
        if *path != young {
            let file = std::fs::File::options().write(true).open(path).expect("a file");
            file.set_modified(old).expect("a time");
        }
    }
    let writer = std::fs::File::open(&locked).expect("a file");
    writer.lock().expect("a lock");
    let finished = archive(&host, &["verify", "runs/mini"]).expect(1);
    says(
        &finished,
        &[
            "2 faults",
            ".run.h5-a1B2c3.tmp",
            ".writeA1b2C3",
            "--clean",
            "being written",
        ],
    );
    archive(&host, &["verify", "runs/mini", "--clean"]).expect(0);
    assert!(dead.iter().all(|path| !path.exists()) && young.exists() && locked.exists());
}

#[test]
fn runs_are_listed() {
    let host = trained();
    let all = runs(&host);
    let listed = archive(&host, &["ls", "runs"]).expect(0);
    assert_eq!(listed.stdout.matches("completed").count(), 4, "{}", listed.stdout);
    says(&listed, &["validation", "KiB", "bptt", "ottt"]);
    std::fs::write(&all[0], "half").expect("the scratch folder is writable");
    let listed = archive(&host, &["ls", "runs/mini"]).expect(1);
    says(&listed, &["damaged", "run.h5"]);
    assert_eq!(listed.stdout.matches("completed").count(), 3, "{}", listed.stdout);
    let json = archive(&host, &["ls", "--json", all[1].to_str().expect("UTF-8")]).expect(0);
    let list: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(list[0]["status"], "completed");
    assert_eq!(list[0]["summary"]["epochs"], 2);
    says(
        &archive(&host, &["ls", "nowhere"]).expect(1),
        &["nowhere", "does not exist"],
    );
}

#[test]
fn differences_are_told() {
    let host = trained();
    let all = runs(&host);
    let path = |index: usize| all[index].to_str().expect("UTF-8");
    let equal = archive(&host, &["diff", path(0), path(0)]).expect(0);
    says(&equal, &["equal", "to the bit"]);
    let seeds = archive(&host, &["diff", path(0), path(1)]).expect(1);
    says(
        &seeds,
        &[
            "different",
            "seed: 1 → 2",
            "metrics",
            "train_loss",
            "weights",
            "by at most",
        ],
    );
    archive(&host, &["diff", path(0), path(1), "--tolerance", "1e9"]).expect(0);
    let rules = archive(&host, &["diff", path(0), path(2), "--json"]).expect(1);
    let json: serde_json::Value = serde_json::from_str(&rules.stdout).expect("JSON");
    assert_eq!(json["equal"], false);
    let provenance = json["runs"][0]["differences"]["provenance"]
        .as_array()
        .expect("a list");
    assert!(
        provenance
            .iter()
            .any(|change| change["key"] == "plugins.trainer.key"),
        "{provenance:?}"
    );

    // The same campaign elsewhere, in less time and with other threads, is the same campaign.
    host.run([
        "run",
        "mini.yaml",
        "--out",
        "again",
        "--jobs",
        "1",
        "--threads",
        "2",
    ])
    .expect(0);
    let same = archive(&host, &["diff", "runs/mini", "again/mini"]).expect(0);
    assert_eq!(same.stdout.matches("to the bit").count(), 4, "{}", same.stdout);
    std::fs::remove_dir_all(all[3].parent().expect("a run folder")).expect("a folder");
    says(
        &archive(&host, &["diff", "runs/mini", "again/mini"]).expect(1),
        &["in B only"],
    );
}

#[test]
fn tables_and_event_files_are_exported() {
    let host = trained();
    for format in ["csv", "json", "parquet"] {
        for table in ["runs", "epochs"] {
            let out = format!("out/{table}.{format}");
            archive(
                &host,
                &["export", "runs", "--format", format, "--table", table, "-o", &out],
            )
            .expect(0);
        }
    }
    archive(
        &host,
        &["export", "runs", "--format", "tensorboard", "-o", "out/tb"],
    )
    .expect(0);
    let out = host.scratch().join("out");
    let csv = std::fs::read_to_string(out.join("epochs.csv")).expect("the table");
    assert_eq!(csv.lines().count(), 1 + 4 * 2, "{csv}");
    let text = std::fs::read_to_string(out.join("runs.json")).expect("the table");
    let rows: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for row in rows.as_array().expect("a list") {
        let run = runs(&host)
            .into_iter()
            .map(|path| open_run(&path).expect("a whole archive"))
            .find(|run| run.record.run_id == row["id"])
            .expect("the run of the row");
        assert_eq!(row["test_accuracy"].as_f64(), run.record.test.map(|t| t.accuracy));
        assert_eq!(
            row["parameters"].as_u64(),
            Some(run.record.totals.parameter_count)
        );
    }
    let printed = archive(&host, &["export", "runs", "--format", "csv"]).expect(0);
    assert_eq!(printed.stdout, csv);
    archive(&host, &["export", "runs", "--format", "parquet"]).expect(2);
    archive(&host, &["export", "runs", "--format", "tensorboard"]).expect(2);
    let both = ["NEUROTRAIN_TENSORBOARD_PYTHON", "NEUROTRAIN_PYTHON"];
    python(&both, "read_parquet.py", "pandas, pyarrow", &[&out]);
    python(&both, "read_events.py", "tensorboard", &[&out]);
}

/// No command crashes, hangs or is silent, whatever is in the file.
#[test]
fn every_command_survives_every_damage() {
    let host = trained();
    let all = runs(&host);
    let whole = std::fs::read(&all[0]).expect("a file");
    let victim = host.scratch().join("victim.h5");
    let sound = all[1].to_str().expect("UTF-8");
    let mut damages: Vec<Vec<u8>> = [0, 1, 7, 8, 100, 2048, whole.len() / 2, whole.len() - 1]
        .iter()
        .map(|length| whole[..*length].to_vec())
        .collect();
    damages.push(b"this is no HDF5 file".to_vec());
    damages.push(vec![0xff; 4096]);
    for at in [9, 40, 200, 1000, 3000] {
        let mut bytes = whole.clone();
        bytes[at..at + 8].fill(0xff);
        damages.push(bytes);
    }
    for (index, bytes) in damages.iter().enumerate() {
        std::fs::write(&victim, bytes).expect("the scratch folder is writable");
        let commands: [&[&str]; 6] = [
            &["show", "victim.h5"],
            &["ls", "victim.h5"],
            &["verify", "victim.h5"],
            &["diff", "victim.h5", sound],
            &["merge", "victim.h5", "-o", "merged.h5"],
            &["export", "victim.h5", "--format", "csv"],
        ];
        for command in commands {
            let finished = archive(&host, command);
            if index < 10 {
                assert_eq!(
                    finished.code, 1,
                    "damage {index}, {command:?}: {}",
                    finished.stdout
                );
            }
            assert!(
                (0..=1).contains(&finished.code),
                "damage {index}, {command:?}: {finished:?}"
            );
            if finished.code == 1 && command[0] != "diff" {
                says(&finished, &["victim.h5"]);
            }
        }
        assert!(index >= 10 || !host.scratch().join("merged.h5").exists());
    }
}
