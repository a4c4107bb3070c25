//! Frames that are kept between runs.

use crate::events::Recordings;
use crate::support::{config, dataset, epoch, inputs, session};
use neurotrain_loader::{Batch, CacheFolder, FrameCache, Loader, LoaderConfig, Split};
use neurotrain_plugin_api::{Config, Dataset};
use neurotrain_tensor::RealType;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn open(folder: Option<&Path>, settings: &[(&str, &str)]) -> Loader {
    let session = session(RealType::F32);
    let mut params = Config::defaults(&Recordings::manifest().params);
    settings.iter().for_each(|(key, value)| params.set(key, *value));
    let cache = folder.map(|folder| FrameCache {
        folder: folder.to_owned(),
        max_bytes: 1 << 20,
        dataset: "recordings".into(),
        identity: format!("{settings:?}"),
    });
    let config = LoaderConfig { cache, ..config() };
    let mut settings = settings.to_vec();
    settings.push(("revision", "1"));
    Loader::open(
        dataset::<Recordings>(&session, &settings),
        &session,
        config.with_params(&params).unwrap(),
    )
    .unwrap()
}

/// Everything that batches of two epochs hold.
fn content(loader: &Loader) -> Vec<(Vec<u64>, Vec<i64>, Vec<f32>)> {
    let of = |batch: &Batch| {
        let values = batch.input.with_slice(|v: &[f32]| v.to_vec()).unwrap();
        (batch.samples.clone(), batch.label_values.clone(), values)
    };
    let passes = [
        (Split::Train, 0),
        (Split::Train, 1),
        (Split::Validation, 0),
        (Split::Test, 0),
    ];
    let batches = passes.iter().flat_map(|(split, e)| epoch(loader, *split, *e));
    batches.map(|batch| of(&batch)).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = CacheFolder::new(folder).entries().unwrap();
    entries.into_iter().map(|entry| entry.path).collect()
}

#[test]
fn batches_are_the_same() {
    for settings in [
        &[][..],
        &[("frame_values", "count")],
        &[
            ("frame_values", "count"),
            ("polarities", "signed"),
            ("framing", "event_bins"),
        ],
        &[("polarities", "signed")],
    ] {
        let dir = tempfile::tempdir().unwrap();
        let without = content(&open(None, settings));
        // Built, and then used.
        for _ in 0..2 {
            let loader = open(Some(dir.path()), settings);
            assert_eq!(content(&loader), without, "{settings:?}");
            let entries = CacheFolder::new(dir.path()).entries().unwrap();
            assert_eq!(entries.len(), 2, "train and test");
            assert!(entries.iter().all(|e| e.in_use));
        }
        // Nothing is decoded any more.
        let broken = [settings, &[("fault", "unreadable")]].concat();
        let loader = open_as(dir.path(), &broken, settings);
        assert_eq!(content(&loader), without, "{settings:?}");
    }
}

/// Opens with `settings`, but as if they were `identity`.
fn open_as(folder: &Path, settings: &[(&str, &str)], identity: &[(&str, &str)]) -> Loader {
    let session = session(RealType::F32);
    let mut params = Config::defaults(&Recordings::manifest().params);
    settings.iter().for_each(|(key, value)| params.set(key, *value));
    let cache = FrameCache {
        folder: folder.to_owned(),
        max_bytes: 1 << 20,
        dataset: "recordings".into(),
        identity: format!("{identity:?}"),
    };
    let config = LoaderConfig {
        cache: Some(cache),
        ..config()
    };
    let mut settings = settings.to_vec();
    settings.push(("revision", "1"));
    Loader::open(
        dataset::<Recordings>(&session, &settings),
        &session,
        config.with_params(&params).unwrap(),
    )
    .unwrap()
}

#[test]
fn a_damaged_entry_is_built_again() {
    let dir = tempfile::tempdir().unwrap();
    let right = content(&open(Some(dir.path()), &[]));
    let files = entries(dir.path());
    for path in &files {
        let whole = std::fs::read(path).unwrap();
        // The head of one that was cut short, then a byte of a sample.
        std::fs::write(path, &whole[..whole.len() - 1]).unwrap();
        assert_eq!(content(&open(Some(dir.path()), &[])), right);
        assert_eq!(std::fs::read(path).unwrap(), whole);
        let mut other = whole.clone();
        other[whole.len() / 2] ^= 1;
        // Not written into: somebody may have mapped it.
        std::fs::remove_file(path).unwrap();
        std::fs::write(path, &other).unwrap();
        assert_eq!(content(&open(Some(dir.path()), &[])), right, "decoded again");
        assert_eq!(content(&open(Some(dir.path()), &[])), right, "built again");
        assert_eq!(std::fs::read(path).unwrap(), whole);
    }
}

#[test]
fn without_a_place_there_is_no_cache_and_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let right = content(&open(None, &[]));
    assert_eq!(content(&open(Some(&file.join("below")), &[])), right);
    assert_eq!(content(&open(Some(&file), &[])), right);
}

#[test]
fn errors_of_the_data_remain() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let loader = open(Some(dir.path()), &[("fault", "place")]);
        let error = loader.epoch(Split::Test, 0).unwrap().next().unwrap().unwrap_err();
        assert!(
            error.to_string().contains("sample 0: event 0 has column 5"),
            "{error}"
        );
    }
    let left = std::fs::read_dir(dir.path()).unwrap().map(|f| f.unwrap().path());
    assert!(
        left.into_iter()
            .all(|path| path.extension().is_some_and(|e| e == "lock"))
    );
}

const CHILD: &str = "NEUROTRAIN_TEST_CACHE_CHILD";

/// What `child` does in a process of its own: builds slowly, and tells what came out.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(CHILD) else {
        return;
    };
    let loader = open(Some(Path::new(&folder)), &[("fault", "slow")]);
    let all = inputs(&epoch(&loader, Split::Train, 0));
    assert_eq!(all, inputs(&epoch(&open(None, &[]), Split::Train, 0)));
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "cache::child", "--test-threads", "1"])
        .env(CHILD, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until an entry is being written.
fn begun(folder: &Path) {
    let writing = || {
        std::fs::read_dir(folder).is_ok_and(|files| {
            files
                .filter_map(std::result::Result::ok)
                .any(|f| f.path().extension().is_some_and(|e| e == "part"))
        })
    };
    while !writing() {
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn processes_that_build_the_same_entry() {
    let dir = tempfile::tempdir().unwrap();
    let children: Vec<Child> = (0..3).map(|_| start(dir.path())).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(entries(dir.path()).len(), 1);
    // The one that was built is used.
    let loader = open_as(dir.path(), &[("fault", "unreadable")], &[("fault", "slow")]);
    let right = inputs(&epoch(&open(None, &[]), Split::Train, 0));
    assert_eq!(inputs(&epoch(&loader, Split::Train, 0)), right);
}

#[test]
fn a_killed_builder_leaves_nothing_that_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = start(dir.path());
    begun(dir.path());
    // SIGKILL.
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(entries(dir.path()).is_empty());
    let mut next = start(dir.path());
    assert!(next.wait().unwrap().success());
    assert_eq!(entries(dir.path()).len(), 1);
    let files = std::fs::read_dir(dir.path()).unwrap();
    let parts = files.filter(|f| {
        f.as_ref()
            .unwrap()
            .path()
            .extension()
            .is_some_and(|e| e == "part")
    });
    assert_eq!(parts.count(), 0, "what it had left has been removed");
}
