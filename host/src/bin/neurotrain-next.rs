//! `neurotrain` with the boundary of the next minor version; see `tests/tests/compatibility.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    neurotrain::cli::main()
}
