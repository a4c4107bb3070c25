//! The built `neurotrain`, run as a process of its own.

use crate::workspace_root;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A built program with a private cache, so that tests do not see each other's registry.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
    scratch: tempfile::TempDir,
}

/// What a finished process left.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; -1 for a signal.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Program {
    /// The program of this build.
    pub fn neurotrain() -> Self {
        Self::named("neurotrain")
    }

    /// Another program of the same build folder.
    ///
    /// # Panics
    /// When it has not been built: `cargo build --release --workspace` does.
    pub fn named(name: &str) -> Self {
        let path = build_folder().join(name);
        assert!(
            path.is_file(),
            "{} is not built: run `cargo build --release --workspace`",
            path.display()
        );
        Program {
            path,
            scratch: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder that goes with it.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Runs it with arguments in its scratch folder and waits.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Finished {
        let output = self.command().args(args).output().expect("the program starts");
        Finished {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// A command with the private environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command
            .current_dir(self.scratch.path())
            .env("NEUROTRAIN_CACHE_DIR", self.scratch.path().join("cache"))
            .env("XDG_DATA_HOME", self.scratch.path().join("data-home"))
            // The same kernels on every machine.
            .env("NEUROTRAIN_SET__runtime__cost_table", "builtin")
            .env("NEUROTRAIN_NO_ESTIMATE", "true")
            .env_remove("NEUROTRAIN_PLUGIN_PATH")
            .env_remove("NEUROTRAIN_DATA_PATH")
            .env_remove("RUST_LOG");
        command
    }
}

impl Finished {
    /// Itself, when the exit code is `code`.
    ///
    /// # Panics
    /// With everything the program printed, otherwise.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }
}

/// `target/release` of this build.
fn build_folder() -> PathBuf {
    let test = std::env::current_exe().expect("the test knows its own path");
    test.parent()
        .and_then(Path::parent)
        .map_or_else(|| workspace_root().join("target/release"), Path::to_owned)
}
