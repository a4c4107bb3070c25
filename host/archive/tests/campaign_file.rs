//! Many runs in one file: copied or linked, read back as they were, and by Python.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests that may be skipped loudly"
)]

mod common;

use common::{names, parameters, record};
use neurotrain_archive::{
    CampaignMember, Content, Replaced, RunRecord, StoredRun, code, compare_runs, open_campaign, open_run,
    open_runs, write_campaign, write_run,
};
use std::path::Path;
use std::process::Command;

/// Runs `bptt-s1`, `bptt-s2` and a failed trial, in folders as a campaign has them.
fn runs(folder: &Path) -> Vec<StoredRun> {
    let write = |name: &str, seed: u64| {
        let at = folder.join("runs").join(name);
        std::fs::create_dir_all(&at).unwrap();
        let record = RunRecord {
            name: name.to_owned(),
            seed,
            ..record()
        };
        write_run(&at.join("run.h5"), &record, &parameters()).unwrap();
        open_run(&at.join("run.h5")).unwrap()
    };
    vec![write("bptt-s1", 1), write("bptt-s2", 2), write("trial-0", 3)]
}

fn members(runs: &[StoredRun]) -> Vec<CampaignMember<'_>> {
    runs.iter()
        .map(|run| CampaignMember {
            name: &run.record.name,
            study: if run.record.name.starts_with("trial") {
                "lr"
            } else {
                ""
            },
            run,
        })
        .collect()
}

#[test]
fn copies_are_what_was_copied() {
    let dir = tempfile::tempdir().unwrap();
    let runs = runs(dir.path());
    let path = dir.path().join("campaign.h5");
    let written = write_campaign(&path, "mini", &members(&runs), Content::Copies).unwrap();
    assert_eq!(written, Replaced::Created);
    for run in &runs {
        std::fs::remove_file(&run.path).unwrap();
    }
    let campaign = open_campaign(&path).unwrap();
    assert_eq!(campaign.name, "mini");
    let places: Vec<&str> = campaign.runs.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["bptt-s1", "bptt-s2", "studies/lr/trial-0"]);
    let read = open_runs(&path).unwrap();
    for (original, copy) in runs.iter().zip(&read) {
        assert_eq!(copy.record, original.record);
        assert_eq!(copy.weights_sha256, original.weights_sha256);
        assert_eq!(copy.nir, original.nir);
        assert!(!copy.read_parameters().unwrap().is_empty());
        assert!(compare_runs(copy, &read[0]).unwrap().same());
    }
    assert_eq!(names(dir.path()), ["campaign.h5", "runs"]);
}

#[test]
fn links_survive_a_move_of_the_folder_and_say_what_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (here, there) = (dir.path().join("here"), dir.path().join("there"));
    let runs = runs(&here);
    write_campaign(&here.join("campaign.h5"), "mini", &members(&runs), Content::Links).unwrap();
    std::fs::rename(&here, &there).unwrap();
    let path = there.join("campaign.h5");
    let size = |path: &Path| std::fs::metadata(path).unwrap().len();
    assert!(
        size(&path) < 3 * size(&there.join("runs/bptt-s1/run.h5")) / 2,
        "{} bytes",
        size(&path)
    );
    let read = open_runs(&path).unwrap();
    assert_eq!(read[1].record, runs[1].record);
    read[1].read_parameters().unwrap();
    std::fs::remove_file(there.join("runs/bptt-s2/run.h5")).unwrap();
    let campaign = open_campaign(&path).unwrap();
    let [(_, Ok(_)), (_, Err(gone)), (_, Ok(_))] = &campaign.runs[..] else {
        panic!("{campaign:?}")
    };
    assert!(gone.message().contains("bptt-s2"), "{gone}");
    assert!(open_runs(&path).is_err());
}

#[test]
fn the_same_runs_give_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let runs = runs(dir.path());
    for content in [Content::Copies, Content::Links] {
        let path = dir.path().join(format!("{content:?}.h5"));
        let again = || write_campaign(&path, "mini", &members(&runs), content).unwrap();
        assert_eq!(again(), Replaced::Created);
        let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(again(), Replaced::Unchanged);
        assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), modified);
        let fewer = write_campaign(&path, "mini", &members(&runs[..2]), content).unwrap();
        assert_eq!(fewer, Replaced::Changed);
        assert_eq!(open_campaign(&path).unwrap().runs.len(), 2);
    }
}

#[test]
fn another_file_is_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let runs = runs(dir.path());
    let before = std::fs::read(&runs[0].path).unwrap();
    let error = write_campaign(&runs[0].path, "mini", &members(&runs[1..]), Content::Copies).unwrap_err();
    assert_eq!(error.code(), code::EXISTS);
    assert_eq!(std::fs::read(&runs[0].path).unwrap(), before);
    let text = dir.path().join("notes.txt");
    std::fs::write(&text, "notes").unwrap();
    assert!(write_campaign(&text, "mini", &members(&runs), Content::Copies).is_err());
    assert_eq!(std::fs::read(&text).unwrap(), b"notes");
}

#[test]
fn a_member_that_was_damaged_meanwhile_is_named_and_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let runs = runs(dir.path());
    let whole = std::fs::read(&runs[1].path).unwrap();
    let path = dir.path().join("campaign.h5");
    for length in (0..whole.len()).step_by(whole.len() / 40) {
        std::fs::write(&runs[1].path, &whole[..length]).unwrap();
        let error = write_campaign(&path, "mini", &members(&runs), Content::Copies).unwrap_err();
        assert!(error.message().contains("bptt-s2"), "at {length}: {error}");
        assert_eq!(names(dir.path()), ["runs"]);
    }
}

#[test]
fn names_that_are_taken_step_aside() {
    let dir = tempfile::tempdir().unwrap();
    let runs = runs(dir.path());
    let given: Vec<CampaignMember<'_>> = ["summary", "a/b", "a_b", "studies"]
        .iter()
        .map(|name| CampaignMember {
            name,
            study: "",
            run: &runs[0],
        })
        .collect();
    let path = dir.path().join("campaign.h5");
    write_campaign(&path, "mini", &given, Content::Copies).unwrap();
    let campaign = open_campaign(&path).unwrap();
    let places: Vec<&str> = campaign.runs.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["summary_", "a_b", "a_b_", "studies_"]);
    assert!(campaign.runs.iter().all(|(_, run)| run.is_ok()));
}

#[test]
fn a_campaign_file_is_no_run_file() {
    let dir = tempfile::tempdir().unwrap();
    let runs = runs(dir.path());
    let path = dir.path().join("campaign.h5");
    write_campaign(&path, "mini", &members(&runs), Content::Links).unwrap();
    let error = open_run(&path).unwrap_err();
    assert_eq!(error.code(), code::FOREIGN);
    assert!(error.message().contains("campaign file"), "{error}");
    assert_eq!(open_campaign(&runs[0].path).unwrap_err().code(), code::FOREIGN);
}

#[test]
fn python_reads_both_kinds() {
    let Some(python) = std::env::var_os("NEUROTRAIN_PYTHON") else {
        eprintln!("skipped: NEUROTRAIN_PYTHON names no Python with h5py, xarray, h5netcdf and nir");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let runs = runs(dir.path());
    write_campaign(
        &dir.path().join("merged.h5"),
        "mini",
        &members(&runs),
        Content::Copies,
    )
    .unwrap();
    write_campaign(
        &dir.path().join("linked.h5"),
        "mini",
        &members(&runs),
        Content::Links,
    )
    .unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/check_campaign.py");
    let checked = Command::new(&python)
        .args(["-W", "error"])
        .arg(script)
        .arg(dir.path())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&checked.stdout),
        String::from_utf8_lossy(&checked.stderr),
    );
    assert!(
        checked.status.success() && out.ends_with("all good\n"),
        "{out}{err}"
    );
}
