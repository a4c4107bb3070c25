//! The per-epoch metrics as columns, the form in which they are stored, hashed and compared.

use crate::record::{EpochMetrics, RunRecord, Scores};
use std::collections::BTreeSet;

/// A number per epoch; NaN where there is none.
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) units: &'static str,
    pub(crate) long_name: String,
    pub(crate) description: &'static str,
    pub(crate) values: Vec<f64>,
}

/// Accuracy and loss of each split that was evaluated in some epoch.
pub(crate) fn split_variables(epochs: &[EpochMetrics]) -> Vec<Variable> {
    let mut variables = scores("train", TRAIN, epochs, |e| Some(e.train));
    if epochs.iter().any(|e| e.validation.is_some()) {
        variables.extend(scores("validation", VALIDATION, epochs, |e| e.validation));
    }
    if epochs.iter().any(|e| e.test.is_some()) {
        variables.extend(scores("test", TEST, epochs, |e| e.test));
    }
    variables
}

/// The scalars that the rule reported in some epoch, by name.
pub(crate) fn rule_variables(epochs: &[EpochMetrics]) -> Vec<Variable> {
    let names: BTreeSet<&String> = epochs.iter().flat_map(|e| e.scalars.keys()).collect();
    let column = |name: &String| Variable {
        name: name.clone(),
        units: "1",
        long_name: name.clone(),
        description: "scalar reported by the learning rule, mean over the batches of the epoch",
        values: epochs
            .iter()
            .map(|e| e.scalars.get(name).copied().unwrap_or(f64::NAN))
            .collect(),
    };
    names.into_iter().map(column).collect()
}

/// What was measured of the machine in each epoch, except the peak state, which is an integer.
pub(crate) fn measured_variables(epochs: &[EpochMetrics]) -> Vec<Variable> {
    let column = |name: &str, units, long_name: &str, description, of: fn(&EpochMetrics) -> f64| Variable {
        name: name.to_owned(),
        units,
        long_name: long_name.to_owned(),
        description,
        values: epochs.iter().map(of).collect(),
    };
    vec![
        column(
            WALL,
            "s",
            "wall time of the epoch",
            "training and evaluation",
            |e| e.wall_seconds,
        ),
        column(
            RATE,
            "1/s",
            "training throughput",
            "training samples per second",
            |e| e.samples_per_second,
        ),
    ]
}

/// Sparsity of every epoch and layer, row-major; NaN where it was not computed.
pub(crate) fn sparsity_rows(record: &RunRecord) -> Vec<f64> {
    let layers = record.layers.len();
    let row = |e: &EpochMetrics| match e.activation_sparsity.len() {
        0 => vec![f64::NAN; layers],
        _ => e.activation_sparsity.clone(),
    };
    record.epochs.iter().flat_map(row).collect()
}

pub(crate) const WALL: &str = "wall_seconds";
pub(crate) const RATE: &str = "samples_per_second";
pub(crate) const PEAK: &str = "peak_training_state_bytes";

const TRAIN: &str = "on the training split, from the predictions made while training";
const VALIDATION: &str = "on the validation split, after the epoch";
const TEST: &str = "on the test split, after the epoch (reference protocol only)";

fn scores(
    split: &str,
    description: &'static str,
    epochs: &[EpochMetrics],
    of: impl Fn(&EpochMetrics) -> Option<Scores>,
) -> Vec<Variable> {
    let column = |quantity: &str, long_name: String, pick: fn(Scores) -> f64| Variable {
        name: format!("{split}_{quantity}"),
        units: "1",
        long_name,
        description,
        values: epochs.iter().map(|e| of(e).map_or(f64::NAN, pick)).collect(),
    };
    vec![
        column("accuracy", format!("{split} accuracy"), |s| s.accuracy),
        column("loss", format!("{split} loss"), |s| s.loss),
    ]
}
