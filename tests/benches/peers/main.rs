//! This host beside its peers, in one run on one machine. `tests/peers/README.md` says how to use it.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that reports figures"
)]

mod arguments;
mod cases;
mod measure;
mod report;

use arguments::{Arguments, HELP, Request};
use cases::Peer;
use measure::{Figures, ours, peer};
use neurotrain_tests::{Program, workspace_root};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let request = Arguments::parse(std::env::args().skip(1), |name| std::env::var_os(name));
    let args = match request {
        Ok(Request::Measure(args)) => args,
        Ok(Request::Help) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("error: {message}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Arguments) -> Result<(), String> {
    let Some(python) = &args.python else {
        eprintln!("skipped: all peers, because NEUROTRAIN_PEERS_PYTHON names no Python interpreter");
        return Ok(());
    };
    if args.reference.is_none() {
        eprintln!("skipped: NeuroTrain, because NEUROTRAIN_REFERENCE names no checkout of it");
    }
    let cases: Vec<_> = cases::all()
        .into_iter()
        .filter(|case| case.peer != Peer::Reference || args.reference.is_some())
        .filter(|case| case.has(&args.only))
        .collect();
    if cases.is_empty() {
        return Err(format!("no case has all of the words {:?}", args.only));
    }
    build()?;
    let host = Program::neurotrain();
    let load = report::load_average();
    if load.is_some_and(|load| load > 0.5) {
        eprintln!(
            "warning: the machine is busy (load {:.1}). Threads of the peers wait for each other by spinning and \
             lose far more than this program does: ratios measured now flatter it",
            load.unwrap_or_default()
        );
    }
    let mut rows = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        eprintln!("[{}/{}] {}", i + 1, cases.len(), case.name());
        let (mut left, mut right) = (Figures::default(), Figures::default());
        // In turns, so that a slow minute of the machine does not hit one side alone.
        for round in 0..args.rounds {
            left.improve(ours(&host, case, args));
            if left.failed() {
                break;
            }
            right.improve(peer(python, case, args));
            if right.failed() || (round == 0 && right.ms.is_some_and(|ms| ms > 1e4)) {
                break;
            }
        }
        for (side, figures) in [("this host", &left), ("the peer", &right)] {
            if let Some(reason) = &figures.reason {
                eprintln!("skipped: {side} in `{}`: {reason}", case.name());
            }
        }
        let row = report::Row::new(case.name(), left, right);
        eprintln!("{}", row.line());
        rows.push(row);
        // At once: a long comparison may be interrupted.
        if let Some(file) = &args.json {
            let text = report::json(&rows, args.threads, load);
            std::fs::write(file, text).map_err(|e| format!("{} cannot be written: {e}", file.display()))?;
        }
    }
    println!("{}", report::text(&rows, args.threads, load));
    Ok(())
}

/// Program and plugins, as `cargo bench` does not build programs of other packages.
fn build() -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--workspace", "--quiet"])
        .current_dir(workspace_root())
        .status()
        .map_err(|e| format!("cargo does not start: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("the program could not be built".to_owned())
    }
}
