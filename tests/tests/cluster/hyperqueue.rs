//! A real HyperQueue on this machine: a server and two workers, of which one is lost.
//!
//! Its Python package has server, worker and client, but not the program `hq`; `hq.py` here stands in for the two
//! commands that are needed. Where there is an `hq` on the PATH, that is used.

use crate::support::{
    alone, assert_complete, campaign, claims, comes_from, folder, is_training, processes, start,
};
use neurotrain_tests::{Program, send_signal, wait_for, workspace_root};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How HyperQueue is started.
struct HyperQueue {
    /// A folder with `hq`.
    bin: PathBuf,
    server_dir: PathBuf,
    children: Vec<Child>,
}

impl HyperQueue {
    fn find(scratch: &Path) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let installed = std::env::split_paths(&path).find(|folder| folder.join("hq").is_file());
        if let Some(folder) = installed {
            return Some(folder);
        }
        let python = workspace_root().join("target/tools/hyperqueue/bin/python");
        let works = Command::new(&python)
            .args(["-c", "import hyperqueue"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !works {
            return None;
        }
        let bin = scratch.join("bin");
        std::fs::create_dir_all(&bin).expect("the scratch folder is writable");
        let shim = workspace_root().join("tests/tests/cluster/hq.py");
        let text = format!(
            "#!/bin/sh\nexec '{}' '{}' \"$@\"\n",
            python.display(),
            shim.display()
        );
        let hq = bin.join("hq");
        std::fs::write(&hq, text).expect("the scratch folder is writable");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&hq, mode).expect("its mode");
        Some(bin)
    }

    fn start(bin: PathBuf, scratch: &Path) -> Self {
        let server_dir = scratch.join("hq-server");
        std::fs::create_dir_all(&server_dir).expect("the scratch folder is writable");
        let mut started = HyperQueue {
            bin,
            server_dir,
            children: Vec::new(),
        };
        started.background(&["server", "start"]);
        wait_for("the server", || {
            started
                .server_dir
                .join("hq-current/access.json")
                .exists()
                .then_some(())
        });
        for _ in 0..2 {
            started.background(&["worker", "start", "--cpus", "1"]);
        }
        started
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.bin.join("hq"));
        self.environment(&mut command);
        command
    }

    fn environment(&self, command: &mut Command) {
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env("PATH", format!("{}:{path}", self.bin.display()))
            .env("HQ_SERVER_DIR", &self.server_dir);
    }

    fn background(&mut self, args: &[&str]) {
        let child = self
            .command()
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        self.children.push(child);
    }

    /// A worker and all that it runs end at once.
    fn lose(&mut self, worker: usize) {
        let child = &mut self.children[1 + worker];
        let id = child.id();
        let there = processes(|process| comes_from(process, id));
        assert!(!there.is_empty(), "nothing runs on the worker");
        child.kill().expect("it is running");
        child.wait().expect("it ends");
        there.into_iter().for_each(|id| send_signal(id, "KILL"));
    }
}

impl Drop for HyperQueue {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let id = child.id();
            let below = processes(|process| comes_from(process, id));
            let _ = child.kill();
            let _ = child.wait();
            below.into_iter().for_each(|id| send_signal(id, "KILL"));
        }
    }
}

#[test]
fn a_job_survives_the_loss_of_a_worker() {
    let host = Program::neurotrain();
    let Some(bin) = HyperQueue::find(host.scratch()) else {
        println!("SKIPPED: HyperQueue is not here; `bash xtask/setup.sh cluster` installs it");
        return;
    };
    let file = campaign(&host, 150);
    alone(&host, &file);
    let mut queue = HyperQueue::start(bin, host.scratch());
    let mut submit = host.command();
    queue.environment(&mut submit);
    submit.args(["campaign", "submit"]).arg(&file);
    submit.args(["--hyperqueue", "--workers", "2", "--cpus", "1", "--out", "out"]);
    let said = start(&mut submit).finish(0);
    assert!(
        said.contains("2 tasks") && said.contains("hq job progress"),
        "{said}"
    );
    is_training(&host, "out", "_1");
    is_training(&host, "out", "_2");
    queue.lose(0);
    wait_for("the last task", || {
        let log = folder(&host, "out").join("submit/summary-1.log");
        let over = std::fs::read_to_string(log).is_ok_and(|said| said.contains("Campaign folder"))
            && claims(&host, "out").is_empty();
        over.then_some(())
    });
    let logs: Vec<String> = std::fs::read_dir(folder(&host, "out").join("submit"))
        .expect("the folder of logs")
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".log"))
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .collect();
    let logs = logs.join("\n");
    assert!(logs.contains("goes on from a checkpoint"), "{logs}");
    assert_complete(&host, "out");
}
