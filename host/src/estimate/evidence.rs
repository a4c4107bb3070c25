//! What finished runs of the same campaign folder took.

use super::cost::Cost;
use super::likeness::Likeness;
use crate::supervisor::folders::ARCHIVE_FILE;
use crate::worker::spec::RunSpec;
use neurotrain_archive::{Status, open_run};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Time that looking for them may take.
const LIMIT: Duration = Duration::from_secs(3);
/// Runs of a kind that are enough.
const ENOUGH: usize = 5;

/// The mean of the runs of each kind that came to their end.
pub(super) fn finished_below(campaign: &Path) -> HashMap<Likeness, Cost> {
    let started = Instant::now();
    let mut found: HashMap<Likeness, Vec<Run>> = HashMap::new();
    for folder in run_folders(campaign) {
        if started.elapsed() > LIMIT {
            break;
        }
        let Ok(spec) = RunSpec::read(&folder) else {
            continue;
        };
        let runs = found.entry(Likeness::of(&spec)).or_default();
        if runs.len() < ENOUGH {
            runs.extend(Run::read(&folder));
        }
    }
    found.retain(|_, runs| !runs.is_empty());
    found
        .into_iter()
        .map(|(likeness, runs)| (likeness, mean(&runs)))
        .collect()
}

/// What a finished run took.
struct Run {
    epochs: u64,
    seconds: f64,
    bytes: Option<u64>,
}

impl Run {
    fn read(folder: &Path) -> Option<Self> {
        let record = open_run(&folder.join(ARCHIVE_FILE)).ok()?.record;
        let bytes = record.measured.scalars.get("peak_resident_bytes");
        (record.status == Status::Completed && !record.epochs.is_empty()).then(|| Run {
            epochs: record.epochs.len() as u64,
            seconds: record.measured.execution_seconds,
            bytes: bytes.map(|bytes| *bytes as u64),
        })
    }
}

fn mean(runs: &[Run]) -> Cost {
    let seconds: f64 = runs.iter().map(|run| run.seconds).sum();
    let epochs: u64 = runs.iter().map(|run| run.epochs).sum();
    Cost::finished(
        seconds / epochs.max(1) as f64,
        runs.iter().filter_map(|run| run.bytes).max(),
    )
}

/// The folders of runs, and of trials.
fn run_folders(campaign: &Path) -> Vec<PathBuf> {
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let trials = inside(&campaign.join("studies"))
        .into_iter()
        .map(|study| study.join("trials"));
    let parents = std::iter::once(campaign.join("runs")).chain(trials);
    let mut folders: Vec<PathBuf> = parents.flat_map(|parent| inside(&parent)).collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::tests::spec;

    #[test]
    fn runs_of_several_lengths_have_one_speed() {
        let run = |epochs, seconds, bytes| Run {
            epochs,
            seconds,
            bytes,
        };
        let cost = mean(&[run(2, 5.0, Some(7)), run(8, 15.0, Some(9)), run(10, 20.0, None)]);
        assert!((cost.seconds(&spec(3)) - 6.0).abs() < 1e-9);
        assert_eq!(cost.bytes, Some(9));
    }

    #[test]
    fn a_new_campaign_has_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(finished_below(&folder.path().join("absent")).is_empty());
    }
}
