//! The command line: what can be asked for, and who answers.

mod arguments;
mod config;
mod dispatch;
mod exit;
mod plugins;
mod run;
mod search;
mod sharing;

use arguments::DEFAULT_LOG_LEVEL;
pub use arguments::{
    Cli, Command, ConfigCommand, GoldenCaseArgs, LimitArgs, PluginsCommand, ProbeArgs, RepeatArgs, RunArgs,
    SearchArgs, SharedRunArgs, TrainArgs, WorkerArgs,
};
pub use dispatch::main;
pub use exit::Exit;
pub(crate) use run::request_for;
pub use sharing::SharingArgs;
