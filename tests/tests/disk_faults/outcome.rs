//! What campaigns leave behind.

use neurotrain_archive::{Status, open_run};
use neurotrain_tests::archives_below;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Digests of weights and of metrics, by run.
pub(crate) type Results = BTreeMap<String, [String; 2]>;

/// Those of every run below `folder` that came to its end. All archives are whole, and two of a run are equal.
pub(crate) fn results(folder: &Path) -> Results {
    let mut results = Results::new();
    for path in archives_below(folder) {
        let run = open_run(&path).expect("a whole archive");
        if run.record.status != Status::Completed {
            continue;
        }
        let digests = [run.weights_sha256.clone(), run.metrics_sha256.clone()];
        let other = results.insert(run.record.name.clone(), digests.clone());
        assert!(other.is_none_or(|other| other == digests), "{}", path.display());
    }
    results
}

/// Everything that workers wrote into their logs.
pub(crate) fn logs(folder: &Path) -> String {
    let logs = files(folder).into_iter().filter(|path| path.ends_with("run.log"));
    logs.filter_map(|path| std::fs::read_to_string(path).ok())
        .collect()
}

/// Files with temporary names.
pub(crate) fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let hidden = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    files(folder).into_iter().filter(hidden).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                _ => found.push(entry.path()),
            }
        }
    }
    found
}
