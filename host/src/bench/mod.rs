//! `neurotrain bench`: measurements, each as a ratio of two things timed in one run.

mod arguments;
mod boundary;
mod step;
mod stopwatch;

pub use arguments::BenchArgs;

use crate::output::Console;
use anyhow::Result;
use arguments::BenchCommand;

/// Runs a measurement. It runs plugin code in this process.
///
/// # Errors
/// A plugin that is not installed or does not work.
pub fn run(args: &BenchArgs, console: &Console) -> Result<()> {
    match &args.command {
        BenchCommand::Boundary(args) => boundary::run(args, console),
    }
}
