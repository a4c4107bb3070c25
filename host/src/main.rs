//! The program `neurotrain`.

use std::process::ExitCode;

/// Steps allocate and free thousands of times on several threads, which the C library's allocator serves one at a time.
/// What crosses the boundary to plugins is freed by the side that allocated it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    neurotrain::cli::main()
}
