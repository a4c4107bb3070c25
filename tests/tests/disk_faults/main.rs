//! Disks that are full, broken or read-only, at every write: the file and the reason are named, finished runs stay as
//! they are, and once the disk is well the same command comes to the same results.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod fault;
mod mounted;
mod outcome;

use fault::{BROKEN, FULL, Fault, READ_ONLY, Reason, wait, with_fault};
use neurotrain_tests::Program;
use outcome::{Results, leftovers, logs, results};
use std::path::PathBuf;
use std::process::Command;

/// Lets every change fail in turn, not only some of them.
const ALL: &str = "NEUROTRAIN_TEST_ALL_FAULTS";

/// Folders for results. They look like no file that is to fail.
const COUNTED: &str = "out-counted";
const FAULTY: &str = "out-faulty";

/// Two runs.
const RUNS: &str = "name: disk
trainers: [bptt]
models: [fc_snn]
datasets: [digits]
seeds: [1, 2]
runtime: {epochs: 2, checkpoint_minutes: 0}
overrides: {models: {fc_snn: {hidden_sizes: [16]}}, datasets: {digits: {T: 2}}}
";

/// Three trials and the run with the best values.
const SEARCH: &str = "name: disk
trainers: [bptt]
models: [fc_snn]
datasets: [digits]
seeds: [1]
runtime: {epochs: 2, checkpoint_minutes: 0}
search: {trials: 3, parameters: [trainer.lr]}
overrides: {models: {fc_snn: {hidden_sizes: [16]}}, datasets: {digits: {T: 2}}}
";

/// A campaign, and what comes out of it when nothing fails.
struct Subject {
    host: Program,
    file: PathBuf,
    whole: Results,
}

/// What a fault costs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Costs {
    /// The run, or the end of the campaign.
    Results,
    /// Nothing but the file, or what is in it.
    Nothing,
}

impl Subject {
    fn new(campaign: &str, runs: usize) -> Self {
        let host = Program::neurotrain();
        let file = host.scratch().join("disk.yaml");
        std::fs::write(&file, campaign).expect("the scratch folder is writable");
        let mut subject = Subject {
            host,
            file,
            whole: Results::new(),
        };
        wait(&subject.host, subject.command("whole")).expect(0);
        subject.whole = results(&subject.out("whole"));
        assert_eq!(subject.whole.len(), runs, "{:?}", subject.whole);
        subject
    }

    fn command(&self, out: &str) -> Command {
        let mut command = self.host.command();
        command.arg("run").arg(&self.file);
        command.args(["--jobs", "1", "--out"]).arg(self.out(out));
        command
    }

    fn out(&self, out: &str) -> PathBuf {
        self.host.scratch().join(out)
    }

    /// Lets changes of files with names like `file` fail, one after the other, each for another reason.
    fn survives(&self, file: &str, costs: Costs) {
        let nothing = Fault {
            file,
            at: 0,
            stays: false,
            reason: FULL,
        };
        let (finished, seen) = with_fault(&self.host, self.command(COUNTED), &self.out(COUNTED), nothing);
        std::fs::remove_dir_all(self.out(COUNTED)).expect("it is removable");
        finished.expect(0);
        assert!(seen.changes > 0, "nothing is written to `{file}`");
        for at in places(seen.changes) {
            for (reason, stays) in reasons(at) {
                let fault = Fault {
                    at,
                    stays,
                    reason,
                    ..nothing
                };
                self.survives_one(fault, costs);
            }
        }
    }

    fn survives_one(&self, fault: Fault<'_>, costs: Costs) {
        let folder = self.out(FAULTY);
        let (finished, seen) = with_fault(&self.host, self.command(FAULTY), &folder, fault);
        let said = format!("{}{}", finished.stdout, finished.stderr);
        let context = format!("{fault:?}\n{seen:?}\nexit code {}\n{said}", finished.code);
        // How often a checkpoint is written depends on the clock.
        let failed = !seen.failed.is_empty();
        assert!(failed || fault.file == "checkpoint", "nothing failed: {context}");
        assert!(
            !said.contains("panic") && !logs(&folder).contains("panic"),
            "{context}"
        );
        let reached = results(&folder);
        for (name, digests) in &reached {
            assert_eq!(digests, &self.whole[name], "{name}: {context}");
        }
        let told = |text: &str| text.contains(fault.reason.1) && text.contains(fault.file);
        if costs == Costs::Nothing {
            assert_eq!((finished.code, &reached), (0, &self.whole), "{context}");
            // Of a log that cannot be written, nobody can say so in the log.
            let silent = fault.file == "run.log";
            assert!(
                !failed || silent || told(&logs(&folder)),
                "{context}\n{}",
                logs(&folder)
            );
        } else if failed {
            assert!(finished.code == 1 || reached == self.whole, "{context}");
            assert!(finished.code == 0 || told(&said), "{context}");
        }
        let hidden = leftovers(&folder);
        assert!(hidden.is_empty(), "left over: {hidden:?}\n{context}");

        let again = wait(&self.host, self.command(FAULTY));
        assert_eq!(
            again.code, 0,
            "{context}\nafterwards:\n{}{}",
            again.stdout, again.stderr
        );
        assert_eq!(
            results(&folder),
            self.whole,
            "{context}\nafterwards:\n{}",
            again.stdout
        );
        std::fs::remove_dir_all(folder).expect("it is removable");
    }
}

/// The first, the last and some between, or all of them.
fn places(count: u64) -> Vec<u64> {
    let mut places = match std::env::var_os(ALL) {
        Some(_) => (1..=count).collect(),
        None => vec![1, 1 + count / 3, 1 + 2 * count / 3, count],
    };
    places.dedup();
    places.retain(|place| *place <= count);
    places
}

/// Why change `at` fails, and whether those after it do.
fn reasons(at: u64) -> Vec<(Reason, bool)> {
    let all = [(FULL, true), (BROKEN, false), (READ_ONLY, true)];
    match std::env::var_os(ALL) {
        Some(_) => all.to_vec(),
        None => vec![all[at as usize % all.len()]],
    }
}

#[test]
fn files_of_a_run() {
    let subject = Subject::new(RUNS, 2);
    for file in ["run.h5", "run.jsonl", "spec.json"] {
        subject.survives(file, Costs::Results);
    }
}

#[test]
fn files_of_a_campaign() {
    let subject = Subject::new(RUNS, 2);
    for file in ["campaign.json", "cost-table.json", "summary"] {
        subject.survives(file, Costs::Results);
    }
}

#[test]
fn what_no_result_depends_on() {
    let subject = Subject::new(RUNS, 2);
    subject.survives("checkpoint", Costs::Nothing);
}

#[test]
fn logs_of_workers() {
    let subject = Subject::new(RUNS, 2);
    subject.survives("run.log", Costs::Results);
}

#[test]
fn files_of_a_search() {
    let subject = Subject::new(SEARCH, 4);
    for file in ["journal.log", "run.h5", "run.jsonl", "spec.json"] {
        subject.survives(file, Costs::Results);
    }
}
