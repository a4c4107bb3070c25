//! A small campaign, and its processes.

use neurotrain_archive::{RunLog, Status, open_run, same_results};
use neurotrain_tests::{Program, archives_below, wait_for};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Two rules, two seeds: four runs of `epochs` epochs.
pub(crate) fn campaign(host: &Program, epochs: u64) -> PathBuf {
    let file = host.scratch().join("shared.yaml");
    let text = format!(
        "name: shared\ntrainers: [bptt, ottt]\nmodels: [fc_snn]\ndatasets: [digits]\nseeds: [1, 2]\n\
         runtime: {{epochs: {epochs}, batch_size: 16, checkpoint_minutes: 0.002}}\n\
         overrides: {{models: {{fc_snn: {{hidden_sizes: [24]}}}}, datasets: {{digits: {{T: 5}}}}}}\n"
    );
    std::fs::write(&file, text).expect("the scratch folder is writable");
    file
}

/// How many runs it has.
pub(crate) const RUNS: usize = 4;

/// A supervisor, one run at a time, in the background.
pub(crate) fn supervisor(host: &Program, file: &Path, out: &str, more: &[&str]) -> Running {
    let mut command = host.command();
    command.arg("run").arg(file);
    command
        .args(["--out", out, "--jobs", "1", "--threads", "1"])
        .args(more);
    start(&mut command)
}

/// A process in the background; what it says goes to a file, since a pipe that nobody reads would stop it.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    said: File,
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without a word.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is running");
        self.child.wait().expect("it ends");
    }

    /// Waits for its end with `code`, and returns what it said.
    pub(crate) fn finish(mut self, code: i32) -> String {
        let status = self.child.wait().expect("it ends");
        let mut said = String::new();
        self.said.rewind().expect("a file");
        self.said.read_to_string(&mut said).expect("text");
        assert_eq!(status.code(), Some(code), "{said}");
        said
    }
}

pub(crate) fn start(command: &mut Command) -> Running {
    let said = tempfile::tempfile().expect("a temporary file");
    let stream = || Stdio::from(said.try_clone().expect("a file"));
    let child = command
        .stdin(Stdio::null())
        .stdout(stream())
        .stderr(stream())
        .spawn()
        .expect("the program starts");
    Running { child, said }
}

/// Folder of the campaign below `out`.
pub(crate) fn folder(host: &Program, out: &str) -> PathBuf {
    host.scratch().join(out).join("shared")
}

/// Folders of all attempts.
pub(crate) fn attempts(host: &Program, out: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder(host, out).join("runs"));
    entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect()
}

/// What the file of whom claims it, by key.
pub(crate) fn claims(host: &Program, out: &str) -> BTreeMap<String, Value> {
    let entries = std::fs::read_dir(folder(host, out).join("claims"));
    let read = |path: PathBuf| -> Option<(String, Value)> {
        let claim: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        Some((claim["key"].as_str()?.to_owned(), claim))
    };
    entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| read(entry.path()))
        .collect()
}

/// Waits until the supervisor that is called `worker` (or ends so) trains a run that has logged some epochs.
pub(crate) fn is_training(host: &Program, out: &str, worker: &str) {
    wait_for(&format!("`{worker}` to train"), || {
        let claims = claims(host, out);
        let mut keys = claims
            .iter()
            .filter(|(_, claim)| {
                claim["worker"]
                    .as_str()
                    .is_some_and(|name| name.ends_with(worker))
            })
            .map(|(key, _)| key);
        let trains = keys.any(|key| {
            let mut of_run = attempts(host, out)
                .into_iter()
                .filter(|path| path.to_string_lossy().contains(&format!("-{key}")));
            of_run
                .any(|folder| RunLog::read(&folder.join("run.jsonl")).is_ok_and(|log| log.entries.len() > 3))
        });
        trains.then_some(())
    });
}

/// What one supervisor alone makes of it.
pub(crate) fn alone(host: &Program, file: &Path) {
    supervisor(host, file, "whole", &[]).finish(0);
}

/// Every run is complete, with the results that one supervisor alone had.
pub(crate) fn assert_complete(host: &Program, out: &str) {
    let complete = |out: &str| -> BTreeMap<String, PathBuf> {
        archives_below(&host.scratch().join(out))
            .into_iter()
            // The job that sums up may have merged them.
            .filter(|path| path.ends_with("run.h5"))
            .filter_map(|path| {
                let record = open_run(&path).expect("a whole archive").record;
                (record.status == Status::Completed).then_some((record.name, path))
            })
            .collect()
    };
    let (whole, shared) = (complete("whole"), complete(out));
    assert_eq!(whole.len(), RUNS);
    assert!(whole.keys().eq(shared.keys()), "{shared:?}");
    for (name, path) in &whole {
        let comparison = same_results(path, &shared[name]).expect("two archives");
        assert!(comparison.same(), "{name}: {:?}", comparison.differences);
    }
    let csv = std::fs::read_to_string(folder(host, out).join("summary.csv")).expect("a summary");
    assert_eq!(csv.matches("finished,").count(), RUNS, "{csv}");
    assert!(claims(host, out).is_empty(), "claims are left over");
}

/// Ids of all processes whose environment or parents satisfy `chosen`.
pub(crate) fn processes(chosen: impl Fn(u32) -> bool) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|id| *id != std::process::id() && chosen(*id))
        .collect()
}

/// The parent of process `id`.
pub(crate) fn parent_of(id: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Whether process `id` comes from `ancestor`.
pub(crate) fn comes_from(id: u32, ancestor: u32) -> bool {
    std::iter::successors(parent_of(id), |id| parent_of(*id)).any(|parent| parent == ancestor)
}
