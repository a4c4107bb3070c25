#!/usr/bin/env bash
# Runs all tests. Real data in ../shared is used where present; tests that lack it say so and skip.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh" python cluster
cd "$root"

if cargo fmt --version >/dev/null 2>&1; then
    say 'formatting'
    cargo fmt --all --check
fi
say 'building'
cargo build --release --workspace
if cargo clippy --version >/dev/null 2>&1; then
    say 'lints'
    cargo clippy --release --workspace --all-targets -- -D warnings
fi
say 'tests'
cargo test --release --workspace
