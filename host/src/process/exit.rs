//! What an exit status says in words.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// How a child ended, for a message: `exit status 3`, `SIGSEGV (invalid memory access)`.
pub(crate) fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => {
            let (name, meaning) = name_of(signal);
            format!("{name} ({meaning})")
        }
        (None, None) => "an unknown cause".to_owned(),
    }
}

fn name_of(signal: i32) -> (String, &'static str) {
    use signal_hook::consts as s;
    let (name, meaning) = match signal {
        s::SIGABRT => ("SIGABRT", "it aborted"),
        s::SIGBUS => ("SIGBUS", "invalid memory access"),
        s::SIGFPE => ("SIGFPE", "arithmetic fault"),
        s::SIGILL => ("SIGILL", "an instruction this processor does not have"),
        s::SIGINT => ("SIGINT", "interrupted"),
        s::SIGKILL => (
            "SIGKILL",
            "killed from outside; the system does so when memory runs out",
        ),
        s::SIGSEGV => ("SIGSEGV", "invalid memory access"),
        s::SIGTERM => ("SIGTERM", "asked to end"),
        s::SIGTRAP => ("SIGTRAP", "a trap"),
        _ => return (format!("signal {signal}"), "ended by it"),
    };
    (name.to_owned(), meaning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_code_and_a_signal_are_told_apart() {
        let run = |script| Command::new("sh").args(["-c", script]).status().unwrap();
        assert_eq!(describe(run("exit 3")), "exit status 3");
        assert!(describe(run("kill -ABRT $$")).starts_with("SIGABRT"));
    }
}
