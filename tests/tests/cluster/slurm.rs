//! A real Slurm on this machine: a controller and two nodes, of which one is lost.

use crate::support::{alone, assert_complete, campaign, folder, is_training, parent_of, processes, start};
use neurotrain_tests::{Program, send_signal, wait_for, workspace_root};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where Debian's packages were unpacked, with the folder of the plugins.
struct Installed {
    root: PathBuf,
    plugins: PathBuf,
}

impl Installed {
    /// In `target/tools/slurm`, by `xtask/setup.sh`; otherwise what is installed.
    fn find() -> Option<Self> {
        let roots = [workspace_root().join("target/tools/slurm"), PathBuf::from("/")];
        roots.into_iter().find_map(|root| {
            let libraries = std::fs::read_dir(root.join("usr/lib")).ok()?.flatten();
            let plugins = libraries
                .map(|entry| entry.path().join("slurm-wlm"))
                .find(|path| path.is_dir())?;
            let programs = ["slurmctld-wlm", "slurmd-wlm", "slurmstepd-wlm", "munged"];
            programs
                .iter()
                .all(|name| root.join("usr/sbin").join(name).is_file())
                .then_some(Installed { root, plugins })
        })
    }

    fn daemon(&self, name: &str) -> PathBuf {
        self.root.join("usr/sbin").join(name)
    }
}

/// The running cluster; it ends with this.
struct Cluster {
    installed: Installed,
    folder: PathBuf,
    daemons: Vec<(&'static str, Child)>,
}

impl Cluster {
    fn start(installed: Installed, folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join("state")).expect("the scratch folder is writable");
        let mut cluster = Cluster {
            installed,
            folder: folder.to_owned(),
            daemons: Vec::new(),
        };
        cluster.configure();
        let at = |name: &str| folder.join(name).display().to_string();
        let munge = [
            "--foreground".to_owned(),
            "--force".to_owned(),
            format!("--socket={}", at("munge.sock")),
            format!("--key-file={}", at("munge.key")),
            format!("--pid-file={}", at("munge.pid")),
            format!("--log-file={}", at("munge.log")),
            format!("--seed-file={}", at("munge.seed")),
        ];
        cluster.daemon("munged", "munged", &munge);
        wait_for("munge", || folder.join("munge.sock").exists().then_some(()));
        let words = |words: &[&str]| -> Vec<String> { words.iter().map(|w| (*w).to_owned()).collect() };
        cluster.daemon("controller", "slurmctld-wlm", &words(&["-D", "-c"]));
        let step = cluster.installed.daemon("slurmstepd-wlm").display().to_string();
        for node in ["n1", "n2"] {
            cluster.daemon(node, "slurmd-wlm", &words(&["-D", "-N", node, "-d", &step]));
        }
        wait_for("two idle nodes", || {
            let said = cluster.ask("sinfo", &["-h", "-N", "-o", "%t"]);
            (said.lines().filter(|state| *state == "idle").count() == 2).then_some(())
        });
        cluster
    }

    fn configure(&self) {
        use std::os::unix::fs::PermissionsExt;
        let key: Vec<u8> = (0..1024_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        let path = self.folder.join("munge.key");
        std::fs::write(&path, key).expect("the scratch folder is writable");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("its mode");
        let [controller, one, two] = free_ports();
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("a name");
        let user = Command::new("id")
            .arg("-un")
            .output()
            .expect("`id` starts")
            .stdout;
        let text = format!(
            "ClusterName=test\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser={user}\nSlurmdUser={user}\n\
             SlurmctldPort={controller}\nAuthType=auth/munge\nCredType=cred/munge\n\
             AuthInfo=socket={folder}/munge.sock,cred_expire=5\nPluginDir={plugins}\n\
             StateSaveLocation={folder}/state\nSlurmdSpoolDir={folder}/spool-%n\n\
             SlurmctldPidFile={folder}/controller.pid\nSlurmdPidFile={folder}/%n.pid\n\
             SlurmctldLogFile={folder}/controller.log\nSlurmdLogFile={folder}/%n.log\n\
             ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nJobAcctGatherType=jobacct_gather/none\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_Core\nMpiDefault=none\nMailProg=/bin/true\n\
             SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2\n\
             SlurmdTimeout=4\nKillWait=2\nReturnToService=2\n\
             NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{one},{two}] CPUs=2 RealMemory=500\n\
             PartitionName=main Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP\n",
            host = host.trim(),
            user = String::from_utf8_lossy(&user).trim(),
            folder = self.folder.display(),
            plugins = self.installed.plugins.display(),
        );
        std::fs::write(self.folder.join("slurm.conf"), text).expect("the scratch folder is writable");
    }

    fn daemon(&mut self, name: &'static str, program: &str, args: &[String]) {
        let log = std::fs::File::create(self.folder.join(format!("{name}.out"))).expect("a log");
        let mut command = Command::new(self.installed.daemon(program));
        self.environment(&mut command);
        let child = command
            .args(args)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("the daemon starts");
        self.daemons.push((name, child));
    }

    /// What programs of Slurm, and those that start them, need.
    fn environment(&self, command: &mut Command) {
        let programs = self.installed.root.join("usr/bin");
        let path = std::env::var("PATH").unwrap_or_default();
        let libraries = self.installed.plugins.parent().expect("a folder").display();
        command
            .env("PATH", format!("{}:{path}", programs.display()))
            .env(
                "LD_LIBRARY_PATH",
                format!("{libraries}:{}", self.installed.plugins.display()),
            )
            .env("SLURM_CONF", self.folder.join("slurm.conf"));
    }

    fn ask(&self, program: &str, args: &[&str]) -> String {
        let mut command = Command::new(self.installed.root.join("usr/bin").join(program));
        self.environment(&mut command);
        let output = command.args(args).output().expect("it starts");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Everything that runs on a node ends at once, without a word.
    fn lose(&mut self, node: &'static str) {
        for (name, daemon) in &mut self.daemons {
            if *name == node {
                daemon.kill().expect("it is running");
                daemon.wait().expect("it ends");
            }
        }
        let there = jobs_on(node);
        assert!(!there.is_empty(), "nothing runs on {node}");
        // The process that watches over a job is the parent of its script.
        let watchers: Vec<u32> = there
            .iter()
            .filter_map(|id| parent_of(*id))
            .filter(|parent| command_of(*parent).contains("slurmstepd"))
            .collect();
        for id in watchers.into_iter().chain(there) {
            send_signal(id, "KILL");
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for node in ["n1", "n2"] {
            for id in jobs_on(node) {
                let watcher = parent_of(id).filter(|parent| command_of(*parent).contains("slurmstepd"));
                [watcher, Some(id)]
                    .into_iter()
                    .flatten()
                    .for_each(|id| send_signal(id, "KILL"));
            }
        }
        for (_, daemon) in self.daemons.iter_mut().rev() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

/// Processes of jobs on a node, which say so in their environment.
fn jobs_on(node: &str) -> Vec<u32> {
    let mark = format!("SLURMD_NODENAME={node}");
    processes(|id| {
        let environment = std::fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|entry| entry == mark.as_bytes())
    })
}

fn command_of(id: u32) -> String {
    let bytes = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn free_ports() -> [u16; 3] {
    let sockets = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    sockets.map(|socket| socket.local_addr().expect("an address").port())
}

#[test]
fn a_job_array_survives_the_end_of_its_time_and_the_loss_of_a_node() {
    let Some(installed) = Installed::find() else {
        println!("SKIPPED: Slurm is not here; `bash xtask/setup.sh cluster` unpacks it");
        return;
    };
    let host = Program::neurotrain();
    let file = campaign(&host, 150);
    alone(&host, &file);
    let mut cluster = Cluster::start(installed, &host.scratch().join("slurm"));
    let mut submit = host.command();
    cluster.environment(&mut submit);
    submit.args(["campaign", "submit"]).arg(&file);
    submit.args([
        "--slurm",
        "--workers",
        "2",
        "--cpus",
        "2",
        "--time",
        "10",
        "--out",
        "out",
    ]);
    submit.args(["--", "--jobs", "1", "--claim-timeout", "10"]);
    let said = start(&mut submit).finish(0);
    assert!(
        said.contains("job array") && said.contains("campaign watch"),
        "{said}"
    );
    let job = said
        .split_once("job array ")
        .and_then(|(_, rest)| rest.split([',', ' ']).next())
        .expect("its number")
        .to_owned();
    is_training(&host, "out", &format!("{job}_1"));
    is_training(&host, "out", &format!("{job}_2"));

    // As at the end of its time: checkpoints are saved, and it is queued again.
    let log = |element: u32| {
        let path = folder(&host, "out").join(format!("submit/worker-{job}_{element}.log"));
        std::fs::read_to_string(path).unwrap_or_default()
    };
    let on = |element: u32| cluster.ask("squeue", &["-h", "-o", "%N", "-j", &format!("{job}_{element}")]);
    let (node, second) = (on(1), on(2));
    assert_ne!(node, second, "both elements are on one node");
    cluster.ask("scancel", &["--batch", "--signal=USR1", &format!("{job}_2")]);
    wait_for("the second element to be queued again", || {
        log(2).contains("queued again").then_some(())
    });
    cluster.lose(if node == "n1" { "n1" } else { "n2" });

    wait_for("the end of all jobs", || {
        cluster.ask("squeue", &["-h"]).is_empty().then_some(())
    });
    let logs = format!("{}\n{}", log(1), log(2));
    assert!(log(1).contains("start 2") && log(2).contains("start 2"), "{logs}");
    assert!(logs.contains("goes on from a checkpoint"), "{logs}");
    assert_complete(&host, "out");
    let summaries = std::fs::read_dir(folder(&host, "out").join("submit")).expect("the folder of logs");
    let names = summaries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    assert!(
        names.filter(|name| name.starts_with("summary-")).count() == 1,
        "the last job left no log"
    );
}

#[test]
fn without_slurm_the_error_says_what_to_do() {
    let host = Program::neurotrain();
    let file = campaign(&host, 1);
    let mut submit = host.command();
    submit.args(["campaign", "submit"]).arg(&file).arg("--slurm");
    submit.env("PATH", host.scratch());
    let said = start(&mut submit).finish(1);
    assert!(
        said.contains("`sbatch` cannot be started") && said.contains("what to do"),
        "{said}"
    );
}

#[test]
fn what_would_be_submitted_is_shown_and_wrong_wishes_are_refused() {
    let host = Program::neurotrain();
    let file = campaign(&host, 1);
    let submit = |more: &[&str]| {
        let mut args = vec!["campaign", "submit", file.to_str().expect("UTF-8")];
        args.extend(more);
        host.run(args)
    };
    let shown = submit(&[
        "--slurm",
        "--dry-run",
        "--workers",
        "8",
        "--throttle",
        "3",
        "--time",
        "1-00:00:00",
        "--cpus",
        "4",
        "--mem",
        "8G",
        "--partition",
        "long",
        "--account",
        "a1",
        "--qos",
        "low",
        "--sbatch-arg=--constraint=avx2",
        "--",
        "--set",
        "runtime.epochs=7",
    ])
    .expect(0)
    .stdout;
    for word in [
        "#SBATCH --array=1-8%3",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --requeue",
        "#SBATCH --signal=B:USR1@120",
        "#SBATCH --time=1-00:00:00",
        "#SBATCH --mem=8G",
        "#SBATCH --partition=long",
        "#SBATCH --account=a1",
        "#SBATCH --qos=low",
        "#SBATCH --constraint=avx2",
        "runtime.epochs=7 --jobs 4 --threads 1 --claim --no-wait",
        "--claim --no-new",
    ] {
        assert!(shown.contains(word), "`{word}` is not shown:\n{shown}");
    }
    assert!(!host.scratch().join("runs").exists(), "something was written");
    let scripts: Vec<&str> = shown.split("# /").skip(1).collect();
    assert_eq!(scripts.len(), 2);
    for script in scripts {
        let (_, script) = script.split_once('\n').expect("a script");
        let path = host.scratch().join("script.sh");
        std::fs::write(&path, script).expect("the scratch folder is writable");
        let checked = Command::new("bash")
            .arg("-n")
            .arg(&path)
            .status()
            .expect("bash starts");
        assert!(checked.success(), "{script}");
    }
    for (more, word) in [
        (&["--slurm", "--hyperqueue"][..], "cannot be used with"),
        (&[], "--slurm"),
        (&["--slurm", "--time", "4h"], "04:00:00"),
        (&["--slurm", "--", "--claim"], "--claim"),
        (&["--slurm", "--", "--sets", "a=b"], "--sets"),
        (&["--slurm", "--", "--set", "runtime.epoch=b"], "epochs"),
    ] {
        let refused = submit(more).expect(2);
        assert!(
            refused.stderr.contains(word),
            "`{word}` is not said:\n{}",
            refused.stderr
        );
    }
}
