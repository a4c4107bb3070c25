//! Bad folders, full disks and damaged files: a clear error, and nothing left behind.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests that may be skipped loudly"
)]

mod common;

use common::{names, parameters, record, run_child};
use neurotrain_archive::{RunRecord, StoredRun, check_folder, code, open_run, write_run};
use neurotrain_plugin_api::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn an_existing_archive_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    write_run(&path, &record(), &parameters()).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = write_run(&path, &RunRecord::default(), &[]).unwrap_err();
    assert_eq!(error.code(), code::EXISTS);
    assert!(
        error.message().contains("run.h5") && !error.hint().is_empty(),
        "{error}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(names(dir.path()), ["run.h5"]);
}

#[test]
fn a_full_disk_is_reported_and_left_clean() {
    let script = r#"mount -t tmpfs -o size=128k tmpfs "$FOLDER" && exec "$@""#;
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    let probe = Command::new("unshare")
        .args([
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            r#"mount -t tmpfs tmpfs "$0""#,
        ])
        .arg(tempfile::tempdir().unwrap().path())
        .output();
    if !probe.is_ok_and(|p| p.status.success()) {
        eprintln!("skipped: no file system of its own can be mounted here");
        return;
    }
    expect_full(command, "No space left on device");
}

/// The same error by another way, which needs no privileges.
#[test]
fn a_file_size_limit_is_reported_and_left_clean() {
    let mut command = Command::new("sh");
    command.args(["-c", r#"trap "" XFSZ; ulimit -f 64; exec "$@""#, "sh"]);
    expect_full(command, "File too large");
}

fn expect_full(command: Command, cause: &str) {
    let dir = tempfile::tempdir().unwrap();
    let report = run_child(command, "child_writes_until_full", dir.path());
    assert!(report.contains(cause), "{report}");
    assert!(
        report.contains("run.h5") && report.contains("free space"),
        "{report}"
    );
    assert!(report.contains("names afterwards: []"), "{report}");
    assert!(report.contains("elsewhere: written"), "{report}");
}

/// Runs as a child with little space in `FOLDER`.
#[test]
#[ignore = "a part of other tests"]
fn child_writes_until_full() {
    let Some(folder) = std::env::var_os("FOLDER").map(PathBuf::from) else {
        return;
    };
    let error = write_run(&folder.join("run.h5"), &record(), &parameters()).unwrap_err();
    assert_eq!(error.code(), code::FULL);
    println!("{error}\nnames afterwards: {:?}", names(&folder));
    // The library is still usable afterwards.
    write_run(&folder.join("small.h5"), &RunRecord::default(), &[]).unwrap();
    open_run(&folder.join("small.h5")).unwrap();
    println!("elsewhere: written");
}

#[test]
fn an_unwritable_folder_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o555)).unwrap();
    let mut command = Command::new("env");
    if check_folder(dir.path()).is_ok() {
        // Permissions do not bind root; another user may still run this program.
        command.uid(65534);
    }
    let reachable = Command::new("test")
        .arg("-x")
        .arg(std::env::current_exe().unwrap())
        .uid(65534)
        .status();
    if check_folder(dir.path()).is_ok() && !reachable.is_ok_and(|s| s.success()) {
        eprintln!("skipped: run by root, and no other user can run this program");
        return;
    }
    let report = run_child(command, "child_cannot_write", dir.path());
    assert!(report.contains("Permission denied"), "{report}");
    assert!(report.contains("make the folder writable"), "{report}");
    assert_eq!(names(dir.path()), Vec::<String>::new());
}

/// Runs as a child that may not write in `FOLDER`.
#[test]
#[ignore = "a part of another test"]
fn child_cannot_write() {
    let Some(folder) = std::env::var_os("FOLDER").map(PathBuf::from) else {
        return;
    };
    let error = write_run(&folder.join("run.h5"), &record(), &parameters()).unwrap_err();
    assert_eq!(error.code(), code::UNWRITABLE);
    assert_eq!(check_folder(&folder).unwrap_err().code(), code::UNWRITABLE);
    println!("{error}");
}

#[test]
fn what_is_no_archive_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let refused = |path: &Path| open_run(path).unwrap_err();

    assert_eq!(refused(&at("missing.h5")).code(), code::UNREADABLE);
    assert_eq!(refused(dir.path()).code(), code::FOREIGN);
    std::fs::write(at("text.h5"), "epoch,accuracy\n1,0.9\n").unwrap();
    let error = refused(&at("text.h5"));
    assert_eq!(error.code(), code::FOREIGN);
    assert!(
        error.message().contains("text.h5") && error.message().contains("not an HDF5 file"),
        "{error}"
    );

    let odd: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff.h5");
    write_run(&dir.path().join(odd), &record(), &[]).unwrap();
    assert_eq!(refused(&dir.path().join(odd)).code(), code::UNREADABLE);

    hdf5::File::create(at("other.h5"))
        .unwrap()
        .create_group("node")
        .unwrap();
    let error = refused(&at("other.h5"));
    assert_eq!(error.code(), code::FOREIGN);
    assert!(error.message().contains("another kind"), "{error}");

    write_run(&at("newer.h5"), &record(), &[]).unwrap();
    set_version(&at("newer.h5"), "2.0");
    let error = refused(&at("newer.h5"));
    assert_eq!(error.code(), code::FOREIGN);
    assert!(
        error.message().contains("version 2.0") && error.hint().contains("producer"),
        "{error}"
    );

    write_run(&at("minor.h5"), &record(), &[]).unwrap();
    set_version(&at("minor.h5"), "1.7");
    assert_eq!(open_run(&at("minor.h5")).unwrap().schema_version, "1.7");
}

fn set_version(path: &Path, version: &str) {
    let file = hdf5::File::open_rw(path).unwrap();
    let value: hdf5::types::VarLenUnicode = version.parse().unwrap();
    file.attr("schema_version").unwrap().write_scalar(&value).unwrap();
}

#[test]
fn a_truncated_file_is_reported_at_every_length() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    write_run(&path, &record(), &parameters()).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let lengths = (0..100)
        .chain((100..whole.len()).step_by(997))
        .chain([whole.len() - 1]);
    for length in lengths {
        std::fs::write(&path, &whole[..length]).unwrap();
        let error = open_run(&path).unwrap_err();
        assert_eq!(error.code(), code::CORRUPT, "at {length} bytes: {error}");
        assert!(
            error.message().contains("run.h5") && !error.hint().is_empty(),
            "{error}"
        );
    }
    std::fs::write(&path, &whole).unwrap();
    open_run(&path).unwrap();
}

/// A changed byte either does not matter or is noticed; it is never taken for a result.
#[test]
fn a_changed_byte_never_changes_results() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.h5");
    let given = RunRecord {
        graph: None,
        network: None,
        ..record()
    };
    write_run(&path, &given, &parameters()).unwrap();
    let run = open_run(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let mut noticed = 0;
    for at in (0..whole.len()).step_by(whole.len() / 600) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&path, &bytes).unwrap();
        match read_all(&path) {
            Err(error) => {
                assert!(
                    [code::CORRUPT, code::FOREIGN].contains(&error.code()),
                    "at {at}: {error}"
                );
                noticed += 1;
            }
            Ok(other) => {
                assert_eq!(other.metrics_sha256, run.metrics_sha256, "at {at}");
                assert_eq!(other.weights_sha256, run.weights_sha256, "at {at}");
            }
        }
    }
    assert!(noticed > 50, "only {noticed} changes noticed");
}

fn read_all(path: &Path) -> Result<StoredRun, Error> {
    let run = open_run(path)?;
    run.read_parameters()?;
    Ok(run)
}
