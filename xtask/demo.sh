#!/usr/bin/env bash
# Builds everything and trains several rules on real digits, end to end.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$root"

say 'building the host and the plugins (the first time this compiles candle and HDF5: about ten minutes on two cores)'
cargo build --release --workspace

say 'training'
exec target/release/neurotrain run campaigns/quickstart.yaml "$@"
