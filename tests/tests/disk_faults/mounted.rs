//! Real file systems that are full or read-only.

use crate::fault::wait;
use crate::outcome::results;
use crate::{RUNS, Subject};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file system of its own, unmounted when dropped.
struct Mounted(PathBuf);

impl Mounted {
    /// `None`, said loudly, where mounting is refused.
    fn new(folder: PathBuf, options: &str) -> Option<Self> {
        std::fs::create_dir(&folder).expect("the scratch folder is writable");
        let mounted = mount(&["-t", "tmpfs", "-o", options, "tmpfs"], &folder);
        if !mounted {
            #[expect(clippy::print_stderr, reason = "whoever runs the tests is to know")]
            {
                eprintln!("skipped: no file system can be mounted here");
            }
        }
        mounted.then_some(Mounted(folder))
    }

    fn change(&self, options: &str) {
        assert!(
            mount(&["-o", &format!("remount,{options}")], &self.0),
            "{options}"
        );
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: what still ends there must not keep it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn mount(arguments: &[&str], folder: &Path) -> bool {
    let status = Command::new("mount")
        .args(arguments)
        .arg(folder)
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

#[test]
fn a_read_only_file_system_is_named_and_left_alone() {
    let subject = Subject::new(RUNS, 2);
    let Some(disk) = Mounted::new(subject.out("disk"), "size=16m") else {
        return;
    };
    let mut first = subject.command("disk");
    first.args(["--seed", "1"]);
    wait(&subject.host, first).expect(0);
    disk.change("ro");
    let refused = wait(&subject.host, subject.command("disk")).expect(1);
    for words in ["Read-only file system", "disk/disk", "--out"] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    assert_eq!(results(&disk.0).len(), 1);
    disk.change("rw");
    wait(&subject.host, subject.command("disk")).expect(0);
    assert_eq!(results(&disk.0), subject.whole);
}

#[test]
fn a_disk_that_is_full_after_the_first_run_has_the_first_run() {
    let subject = Subject::new(RUNS, 2);
    let Some(disk) = Mounted::new(subject.out("disk"), "size=430k") else {
        return;
    };
    let full = wait(&subject.host, subject.command("disk")).expect(1);
    let said = format!("{}{}", full.stdout, full.stderr);
    assert!(
        said.contains("No space left on device") && said.contains("has no room"),
        "{said}"
    );
    let reached = results(&disk.0);
    assert_eq!(reached.len(), 1, "{said}");
    disk.change("size=16m");
    wait(&subject.host, subject.command("disk")).expect(0);
    assert_eq!(results(&disk.0), subject.whole);
}
