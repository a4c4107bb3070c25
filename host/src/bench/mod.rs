//! `neurotrain bench`: measurements, each as a ratio of two things timed in one run.

mod arguments;
mod boundary;
mod calibrate;
mod cases;
mod load;
mod machine;
mod memory;
mod products;
mod report;
mod roofline;
mod settings;
mod shape;
mod stopwatch;
mod subject;
mod synthetic;
mod train;

pub use arguments::BenchArgs;
pub(crate) use settings::{Settings, configure};
pub(crate) use synthetic::spikes;

use crate::output::Console;
use crate::process::{describe_exit, keep_freed_memory, tune};
use anyhow::Result;
use arguments::BenchCommand;

/// Candle reads it once, at its first parallel operation; its own pool spins.
const CANDLE_THREADS: &str = "CANDLE_NUM_THREADS";

/// Runs a measurement. It runs plugin code in this process.
///
/// # Errors
/// A plugin that is not installed or does not work.
pub fn run(args: &BenchArgs, console: &Console) -> Result<()> {
    if std::env::var_os(CANDLE_THREADS).is_none() {
        return again_as_a_worker_would_run();
    }
    keep_freed_memory();
    match &args.command {
        BenchCommand::Machine(args) => machine::run(args, console),
        BenchCommand::Train(args) => train::run(args, train::Kind::Train, console),
        BenchCommand::Evaluate(args) => train::run(args, train::Kind::Evaluate, console),
        BenchCommand::Load(args) => load::run(args, console),
        BenchCommand::Boundary(args) => boundary::run(args, console),
        BenchCommand::Calibrate(args) => calibrate::run(args, console),
    }
}

/// Workers are started with variables that are read once, so measurements are too.
fn again_as_a_worker_would_run() -> Result<()> {
    let status = tune(&mut std::process::Command::new(std::env::current_exe()?))
        .args(std::env::args_os().skip(1))
        .env(CANDLE_THREADS, "1")
        .status()?;
    anyhow::ensure!(
        status.success(),
        "the measurement ended with {}",
        describe_exit(status)
    );
    Ok(())
}
