//! Studies over real files, processes and, where it is installed, Optuna.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests, some of which may be skipped loudly"
)]

mod asking;
mod faults;
mod journal;
mod optuna;
mod processes;
mod reading;
mod samplers;

use neurotrain_study::{Direction, Distribution, Pruner, Sampler, Settings, Space};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// A folder in memory, where a test may wait for the disk a thousand times.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

fn space() -> Space {
    Space::from_iter([
        ("lr", Distribution::float(1e-5, 0.1, true, None).unwrap()),
        ("beta", Distribution::float(0.5, 1.0, false, Some(0.125)).unwrap()),
        ("hidden", Distribution::int(32, 256, false, 32).unwrap()),
        ("width", Distribution::int(1, 100, true, 1).unwrap()),
        (
            "net",
            Distribution::categorical(vec![json!("fc"), json!("conv"), json!(null)]).unwrap(),
        ),
    ])
}

fn settings(sampler: Sampler) -> Settings {
    Settings {
        name: "study".to_owned(),
        direction: Direction::Maximize,
        space: space(),
        sampler,
        pruner: Pruner::None,
        seed: 42,
        max_steps: 20,
    }
}

fn params(pairs: &[(&str, Value)]) -> BTreeMap<String, Value> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

/// An objective of the parameters of [`space`], best for a small `lr` and `fc`.
fn objective(params: &BTreeMap<String, Value>) -> f64 {
    let lr = params["lr"].as_f64().unwrap().log10() + 3.0;
    let beta = params["beta"].as_f64().unwrap() - 0.75;
    let hidden = params["hidden"].as_f64().unwrap() / 256.0 - 0.5;
    let net = if params["net"] == "fc" { 0.0 } else { -1.0 };
    net - lr * lr - beta * beta - hidden * hidden
}
