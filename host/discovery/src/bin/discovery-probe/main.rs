//! The least host, for the tests of this crate: it probes a plugin as a child, or opens one and calls it.
//!
//! `__probe FILE REPORT` is the child's side, `probe FILE` the parent's, without a time limit;
//! `exercise ANSWER FILE…` opens files and calls them; `layout ANSWER` writes the layouts down.

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
        ["probe", file] => {
            let hour = std::time::Duration::from_secs(3600);
            neurotrain_discovery::probe_in_child(&std::env::current_exe()?, Path::new(file), hour)?;
        }
        ["exercise", answer, files @ ..] => {
            let answers: Result<Vec<_>, _> = files
                .iter()
                .map(|file| exercise::exercise(Path::new(file)))
                .collect();
            std::fs::write(answer, serde_json::Value::from(answers?).to_string())?;
        }
        ["layout", answer] => std::fs::write(answer, neurotrain_plugin_api::abi::layout::dump())?,
        _ => return Err(format!("unknown arguments {texts:?}").into()),
    }
    Ok(())
}
