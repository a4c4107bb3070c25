//! The program `neurotrain`.

use std::process::ExitCode;

fn main() -> ExitCode {
    neurotrain::cli::main()
}
