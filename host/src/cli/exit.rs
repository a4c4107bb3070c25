//! Exit codes.

use neurotrain_plugin_api::Error;
use std::process::ExitCode;

/// How the program ends, as documented by `neurotrain --help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done.
    Done,
    /// Some of it failed: a run, a golden case, a plugin, a file.
    Failed,
    /// Nothing failed, but not all is done yet.
    Incomplete,
    /// The command line or a configuration is wrong; nothing was started.
    Usage,
    /// The user interrupted it.
    Interrupted,
}

impl Exit {
    /// The exit of a command that ended with `error`.
    pub fn of(error: &anyhow::Error) -> Self {
        const WRONG_INPUT: [&str; 10] = [
            "usage",
            "busy",
            "bad-config",
            "refused",
            "unknown-key",
            "unknown-trainer",
            "unknown-model",
            "unknown-dataset",
            "out-of-range",
            "bad-value",
        ];
        let code = error
            .chain()
            .find_map(|cause| cause.downcast_ref::<Error>())
            .map_or("", Error::code);
        if WRONG_INPUT.contains(&code) {
            Exit::Usage
        } else {
            Exit::Failed
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Incomplete => 3,
            Exit::Interrupted => 130,
        })
    }
}
