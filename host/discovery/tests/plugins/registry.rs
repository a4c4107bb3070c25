//! Scanning, caching, quarantine, shadowing and lookup.

use crate::support::{FAULTY, GOOD, GOOD_NEXT, TestResult, build, fault, save};
use crate::{copy, patient};
use neurotrain_discovery::{
    ChildProber, Machine, ProbeFailure, ProbeReport, Prober, Registry, ScanOptions, SearchOptions, Status,
};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Counts what it probes.
struct Counting {
    prober: ChildProber,
    count: Cell<usize>,
}

impl Prober for Counting {
    fn probe(&self, file: &Path) -> Result<ProbeReport, ProbeFailure> {
        self.count.set(self.count.get() + 1);
        self.prober.probe(file)
    }
}

/// Folders of plugins, and a cache.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    prober: Counting,
    pub(crate) options: ScanOptions,
}

impl Place {
    pub(crate) fn new(folders: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = folders.iter().map(|name| folder.path().join(name)).collect();
        paths
            .iter()
            .for_each(|path| std::fs::create_dir_all(path).unwrap());
        let options = ScanOptions {
            search: SearchOptions {
                plugin_path: paths,
                ..SearchOptions::default()
            },
            cache_file: Some(folder.path().join("cache/registry-1.json")),
            rescan: false,
            machine: Machine::current(),
        };
        Place {
            folder,
            prober: Counting {
                prober: patient(),
                count: Cell::new(0),
            },
            options,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn scan(&self) -> Registry {
        self.prober.count.set(0);
        Registry::scan(&self.options, &self.prober)
    }

    fn probed(&self) -> usize {
        self.prober.count.get()
    }
}

#[test]
fn only_new_and_changed_files_are_probed() -> TestResult {
    let place = Place::new(&["a"]);
    let good = copy(&build(GOOD), &place.path("a"), "good.so");
    copy(&build(FAULTY), &place.path("a"), "faulty.so");
    save(&place.path("a"), "text.so", b"no library")?;
    let first = place.scan();
    assert_eq!(
        place.probed(),
        2,
        "a file refused by its descriptor is not probed"
    );
    let verdicts: Vec<bool> = first.plugins.iter().map(|p| p.is_ok()).collect();
    assert_eq!(verdicts, [true, true, false]);
    assert!(first.warnings.is_empty(), "{:?}", first.warnings);

    let second = place.scan();
    assert_eq!(place.probed(), 0);
    let essence = |registry: &Registry| -> Vec<_> {
        registry
            .plugins
            .iter()
            .map(|p| {
                (
                    p.path.clone(),
                    p.status.clone(),
                    p.manifest.clone(),
                    p.sha256.clone(),
                )
            })
            .collect()
    };
    assert_eq!(essence(&first), essence(&second));
    assert!(second.plugins[0].cached && !first.plugins[0].cached);

    // Touched, but the same to the byte.
    std::fs::OpenOptions::new()
        .append(true)
        .open(&good)?
        .set_modified(std::time::SystemTime::UNIX_EPOCH)?;
    place.scan();
    assert_eq!(place.probed(), 0);

    // Another file under the name.
    copy(&build(GOOD_NEXT), &place.path("a"), "good.so");
    let third = place.scan();
    assert_eq!(place.probed(), 1);
    assert_ne!(third.plugins[1].sha256, first.plugins[1].sha256);

    let all = Place {
        options: ScanOptions {
            rescan: true,
            ..place.options.clone()
        },
        ..place
    };
    all.scan();
    assert_eq!(all.probed(), 2);
    Ok(())
}

#[test]
fn a_file_that_crashed_is_not_run_again_until_it_changes() -> TestResult {
    let mut place = Place::new(&["a"]);
    let faulty = fault("load-abort", &place.path("a"))?;
    for probed in [1, 0, 0] {
        let registry = place.scan();
        assert_eq!(place.probed(), probed);
        let Status::Quarantined(refusal) = &registry.plugins[0].status else {
            panic!("{registry:?}")
        };
        assert_eq!(refusal.code, "crashed");
        assert!(
            refusal.message.starts_with("plugin `fixture-faulty` 0.3.1"),
            "{refusal}"
        );
        assert!(registry.plugins[0].probed_at.is_some());
    }
    place.options.rescan = true;
    place.scan();
    assert_eq!(place.probed(), 1);
    place.options.rescan = false;
    std::fs::copy(build(FAULTY), &faulty)?;
    let registry = place.scan();
    assert_eq!(place.probed(), 1);
    assert!(registry.plugins[0].is_ok());
    Ok(())
}

#[test]
fn refusals_and_hangs_are_remembered_failures_to_probe_are_not() -> TestResult {
    let mut place = Place::new(&["a"]);
    fault("manifest-invalid", &place.path("a"))?;
    place.scan();
    let registry = place.scan();
    assert_eq!(place.probed(), 0);
    assert!(matches!(&registry.plugins[0].status, Status::Refused(r) if r.code == "manifest"));

    fault("load-hang", &place.path("a"))?;
    place.prober.prober.timeout = Duration::from_millis(300);
    place.scan();
    place.scan();
    assert_eq!(place.probed(), 0);

    let mut place = Place::new(&["a"]);
    copy(&build(GOOD), &place.path("a"), "good.so");
    place.prober.prober.program = "/nowhere/at/all".into();
    for _ in 0..2 {
        let registry = place.scan();
        assert_eq!(place.probed(), 1);
        assert!(matches!(&registry.plugins[0].status, Status::Refused(r) if r.code == "not-probed"));
    }
    Ok(())
}

#[test]
fn a_damaged_cache_is_ignored_with_a_warning() -> TestResult {
    let place = Place::new(&["a"]);
    copy(&build(GOOD), &place.path("a"), "good.so");
    place.scan();
    let cache = place.path("cache/registry-1.json");
    let whole = std::fs::read(&cache)?;
    for damaged in [
        &b"{"[..],
        b"",
        b"[]",
        b"{\"format\": 99, \"entries\": []}",
        &whole[..whole.len() / 2],
    ] {
        std::fs::write(&cache, damaged)?;
        let registry = place.scan();
        assert_eq!(place.probed(), 1);
        assert!(registry.plugins[0].is_ok());
        assert!(
            registry.warnings[0].contains("is ignored and written anew"),
            "{:?}",
            registry.warnings
        );
        assert!(place.scan().warnings.is_empty());
        assert_eq!(place.probed(), 0);
    }
    Ok(())
}

#[test]
fn a_cache_that_cannot_be_written_costs_a_warning() -> TestResult {
    let mut place = Place::new(&["a"]);
    copy(&build(GOOD), &place.path("a"), "good.so");
    std::fs::write(place.path("file"), "")?;
    place.options.cache_file = Some(place.path("file/registry-1.json"));
    let registry = place.scan();
    assert!(registry.plugins[0].is_ok());
    assert!(
        registry
            .warnings
            .iter()
            .any(|w| w.contains("NEUROTRAIN_CACHE_DIR")),
        "{:?}",
        registry.warnings
    );
    place.options.cache_file = None;
    assert!(place.scan().warnings.is_empty());
    Ok(())
}

#[test]
fn verdicts_of_another_kind_of_machine_do_not_count() {
    let mut place = Place::new(&["a"]);
    copy(&build(GOOD), &place.path("a"), "good.so");
    let here = place.options.machine.clone();
    place.scan();
    place.options.machine.glibc = Some(neurotrain_discovery::GlibcVersion(99, 0, 0));
    place.scan();
    assert_eq!(place.probed(), 1);
    // And both are remembered side by side.
    place.scan();
    assert_eq!(place.probed(), 0);
    place.options.machine = here;
    place.scan();
    assert_eq!(place.probed(), 0);
}

#[test]
fn the_first_file_with_a_key_wins() -> TestResult {
    let place = Place::new(&["one", "two"]);
    let used = copy(&build(GOOD), &place.path("one"), "good.so");
    let same = copy(&build(GOOD), &place.path("two"), "copy.so");
    let other = copy(&build(GOOD_NEXT), &place.path("two"), "other.so");
    std::os::unix::fs::symlink(&used, place.path("two/link.so"))?;
    let registry = place.scan();
    let found = registry.component("trainer", "fixture_rule")?;
    assert_eq!(found.plugin.path, used);
    assert_eq!(registry.components("trainer").len(), 1);
    assert_eq!(registry.components("model").len(), 1);
    let hidden: Vec<(String, &Path, bool)> = registry
        .shadowed
        .iter()
        .map(|s| (s.component.to_string(), s.ignored.as_path(), s.identical))
        .collect();
    let wanted = [
        ("trainer:fixture_rule".to_owned(), same.as_path(), true),
        ("model:fixture_net".to_owned(), same.as_path(), true),
        ("trainer:fixture_rule".to_owned(), other.as_path(), false),
        ("model:fixture_net".to_owned(), other.as_path(), false),
    ];
    assert_eq!(hidden, wanted);
    assert!(registry.shadowed.iter().all(|s| s.used == used));
    assert_eq!(registry.duplicates.len(), 1);
    assert_eq!(registry.duplicates[0].path, place.path("two/link.so"));
    Ok(())
}

#[test]
fn a_broken_file_does_not_shadow_a_sound_one() -> TestResult {
    let place = Place::new(&["one", "two"]);
    fault("load-abort", &place.path("one"))?;
    let sound = copy(&build(FAULTY), &place.path("two"), "sound.so");
    let registry = place.scan();
    assert_eq!(registry.component("trainer", "faulty_rule")?.plugin.path, sound);
    assert!(registry.shadowed.is_empty());
    Ok(())
}

#[test]
fn unknown_keys_get_a_way_out() -> TestResult {
    let place = Place::new(&["one"]);
    copy(&build(GOOD), &place.path("one"), "good.so");
    fault("load-abort", &place.path("one"))?;
    let registry = place.scan();
    let hint = |kind: &str, key: &str| registry.component(kind, key).map(|_| ()).expect_err(key);
    assert_eq!(
        hint("trainer", "fixture_rul").to_string(),
        "there is no trainer `fixture_rul`"
    );
    assert_eq!(
        hint("trainer", "fixture_rul").hint,
        "did you mean `fixture_rule`?"
    );
    assert_eq!(
        hint("dataset", "MNIST").to_string(),
        "there is no data set `MNIST`"
    );
    assert!(hint("dataset", "MNIST").hint.contains("plugins doctor"));
    assert_eq!(hint("trainer", "fixture_net").hint, "`fixture_net` is a model");
    assert_eq!(hint("trainer", "zzz").hint, "there are `fixture_rule`");
    let crashed = hint("trainer", "faulty_rule").hint;
    assert!(
        crashed.contains("cannot be used") && crashed.contains("SIGABRT"),
        "{crashed}"
    );
    Ok(())
}

#[test]
fn named_places_that_are_missing_are_reported() {
    let mut place = Place::new(&["one"]);
    place.options.search.plugin_path.push(place.path("nowhere"));
    place.options.search.campaign = Some(place.path("campaign"));
    let registry = place.scan();
    assert_eq!(registry.warnings.len(), 1, "{:?}", registry.warnings);
    assert!(registry.warnings[0].contains("nowhere` (--plugin-path) is not searched: does not exist"));
}
