//! The least host, for the tests of this crate: it probes a plugin as a child, or opens one and calls it.
//!
//! `discovery-probe __probe FILE REPORT`, `discovery-probe exercise FILE ANSWER`, `discovery-probe layout ANSWER`.

mod exercise;
mod mock;

use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a test program")]
            {
                eprintln!("{error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[OsString]) -> Result<(), Box<dyn Error>> {
    let texts: Vec<&str> = arguments
        .iter()
        .filter_map(|argument| argument.to_str())
        .collect();
    match texts.as_slice() {
        [neurotrain_discovery::PROBE_ARGUMENT, file, report] => {
            neurotrain_discovery::run_probe(Path::new(file), Path::new(report))?;
        }
        ["exercise", file, answer] => {
            std::fs::write(answer, exercise::exercise(Path::new(file))?.to_string())?
        }
        ["layout", answer] => std::fs::write(answer, neurotrain_plugin_api::abi::layout::dump())?,
        _ => return Err(format!("unknown arguments {texts:?}").into()),
    }
    Ok(())
}
