//! Facts about the build that every run archives. Without a `rerun-if` line, cargo runs this again whenever a
//! file of the package changed.

use std::process::Command;

fn main() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    println!(
        "cargo:rustc-env=NEUROTRAIN_RUSTC={}",
        first_line(&rustc, &["--version"])
    );
    println!(
        "cargo:rustc-env=NEUROTRAIN_TARGET={}",
        std::env::var("TARGET").unwrap_or_default()
    );
    println!(
        "cargo:rustc-env=NEUROTRAIN_COMMIT={}",
        first_line("git", &["rev-parse", "HEAD"])
    );
}

/// The first line a command prints; empty where it fails (there is no `git`, or this is no repository).
fn first_line(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let text = output
        .ok()
        .filter(|o| o.status.success())
        .map(|o| o.stdout)
        .unwrap_or_default();
    String::from_utf8_lossy(&text)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}
