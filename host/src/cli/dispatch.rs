//! From arguments to answers.

use super::{Cli, Command, Exit, config, plugins, run};
use crate::output::{Console, LogTarget, start_logging};
use crate::{archive_commands, bench, campaign_commands, check, data, estimate, golden, taxonomy, worker};
use anyhow::Result;
use clap::Parser;
use std::process::ExitCode;

/// The program.
pub fn main() -> ExitCode {
    // Clap ends with code 2 on wrong usage, and with 0 after help.
    let cli = Cli::parse();
    let console = Console::new();
    let exit = logging(&cli, &console).and_then(|()| answer(cli, &console));
    match exit {
        Ok(exit) => exit.into(),
        Err(error) => {
            console.error(&error);
            Exit::of(&error).into()
        }
    }
}

fn logging(cli: &Cli, console: &Console) -> Result<()> {
    let target = match cli.command {
        // A worker starts it itself, since its run may be profiled.
        Command::Worker(_) => return Ok(()),
        Command::Probe(_)
        | Command::Check
        | Command::DataChild
        | Command::Estimate(_)
        | Command::GoldenCase(_)
        | Command::TaxonomyOf(_) => LogTarget::Plain,
        _ => LogTarget::Console(console.clone()),
    };
    Ok(start_logging(&cli.log_level, target, Vec::new())?)
}

fn answer(cli: Cli, console: &Console) -> Result<Exit> {
    let log_level = cli.log_level.as_str();
    match cli.command {
        Command::Run(args) => Ok(run::run(args, log_level, console)?),
        Command::Train(args) => Ok(run::train(args, log_level, console)?),
        Command::Repeat(args) => Ok(run::repeat(args, log_level, console)?),
        Command::Campaign(command) => Ok(campaign_commands::answer(command, log_level, console)?),
        Command::Plugins(command) => Ok(plugins::answer(command, console)?),
        Command::Config(command) => Ok(config::answer(command, console)?),
        Command::Archive(command) => Ok(archive_commands::answer(&command, console)?),
        Command::Data(command) => data::answer(&command, console),
        Command::Golden(args) => Ok(if golden::run(&args, console)? {
            Exit::Done
        } else {
            Exit::Failed
        }),
        Command::Taxonomy(args) => Ok(taxonomy::run(&args, console)?),
        Command::Bench(args) => bench::run(&args, console).map(|()| Exit::Done),
        Command::Probe(args) => {
            Ok(neurotrain_discovery::run_probe(&args.file, &args.report).map(|()| Exit::Done)?)
        }
        Command::Check => Ok(check::child()?),
        Command::DataChild => Ok(data::child()?),
        Command::Estimate(args) => Ok(estimate::child(&args.folder)?),
        Command::Worker(args) => Ok(worker::child(&args.folder, log_level)?),
        Command::GoldenCase(args) => golden::child(&args.task).map(|()| Exit::Done),
        Command::TaxonomyOf(args) => taxonomy::child(&args.task).map(|()| Exit::Done),
    }
}
