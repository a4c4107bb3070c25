//! What differs between two runs.

mod description;
mod metrics;
mod weights;

pub use description::Change;
pub use metrics::MetricDifference;
pub use weights::{WeightDifference, WeightGap};

use crate::read::StoredRun;
use neurotrain_plugin_api::Result;
use serde::Serialize;

/// What differs between two runs. What was measured of the machine does not count.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RunDiff {
    /// Values of the configuration, by their dotted keys.
    pub configuration: Vec<Change>,
    /// Host, plugins, data and cost table.
    pub provenance: Vec<Change>,
    /// Status, number of epochs, layers and totals.
    pub outcome: Vec<Change>,
    /// Metrics that differ in some epoch.
    pub metrics: Vec<MetricDifference>,
    /// Arrays that differ.
    pub weights: Vec<WeightDifference>,
    /// How many arrays are equal to the bit.
    pub equal_weights: usize,
}

/// One of two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// Finds what differs between two open runs.
///
/// # Errors
/// When the parameters of either cannot be read.
pub fn diff_runs(a: &StoredRun, b: &StoredRun) -> Result<RunDiff> {
    let (weights, equal_weights) = weights::compare(&a.read_parameters()?, &b.read_parameters()?);
    Ok(RunDiff {
        configuration: description::configuration(&a.record.config, &b.record.config),
        provenance: description::provenance(&a.record.provenance, &b.record.provenance),
        outcome: description::outcome(&a.record, &b.record),
        metrics: metrics::compare(&a.record, &b.record),
        weights,
        equal_weights,
    })
}

impl RunDiff {
    /// Whether weights and deterministic metrics are the same up to `tolerance`: 0 asks for the same bits.
    /// Configuration and provenance do not count; with a tolerance neither do counts of synaptic operations, which one
    /// spike changes.
    pub fn same_results(&self, tolerance: f64) -> bool {
        let counts =
            |change: &Change| tolerance > 0.0 && change.key.starts_with("totals.synaptic_operations.");
        self.outcome.iter().all(counts)
            && self.metrics.iter().all(|metric| metric.within(tolerance))
            && self.weights.iter().all(|weight| weight.within(tolerance))
    }
}

impl Side {
    /// `first` or `second`.
    pub fn ordinal(self) -> &'static str {
        match self {
            Side::A => "first",
            Side::B => "second",
        }
    }
}

/// Whether two numbers have the same bits; all kinds of NaN count as one.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// How far two numbers are apart; infinitely far where only one is a finite number.
fn gap(a: f64, b: f64) -> f64 {
    if same(a, b) {
        return 0.0;
    }
    let gap = (a - b).abs();
    if gap.is_nan() { f64::INFINITY } else { gap }
}
