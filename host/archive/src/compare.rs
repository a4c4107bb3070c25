//! Equality of runs: weights bit by bit, and the metrics that do not depend on the machine.

use crate::diff::{Change, MetricDifference, RunDiff, WeightDifference, WeightGap, diff_runs};
use crate::read::{StoredRun, open_run};
use neurotrain_plugin_api::Result;
use std::path::Path;

/// What differs between two runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// One sentence per difference; empty for runs with the same results.
    pub differences: Vec<String>,
}

impl Comparison {
    /// Whether the results are the same.
    pub fn same(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Compares the results in two files. What was measured of the machine, names, times, configuration and
/// provenance do not count.
///
/// # Errors
/// As [`open_run`], for either file.
pub fn same_results(a: &Path, b: &Path) -> Result<Comparison> {
    let (a, b) = (open_run(a)?, open_run(b)?);
    compare_runs(&a, &b)
}

/// Compares the results of two open runs.
///
/// # Errors
/// When the parameters of either cannot be read.
pub fn compare_runs(a: &StoredRun, b: &StoredRun) -> Result<Comparison> {
    let RunDiff {
        outcome,
        metrics,
        weights,
        ..
    } = diff_runs(a, b)?;
    let sentences = outcome
        .iter()
        .map(change)
        .chain(metrics.iter().map(metric))
        .chain(weights.iter().map(weight));
    Ok(Comparison {
        differences: sentences.collect(),
    })
}

fn change(change: &Change) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "absent".to_owned());
    format!("{}: {} and {}", change.key, shown(&change.a), shown(&change.b))
}

fn metric(metric: &MetricDifference) -> String {
    let MetricDifference {
        name, epoch, a, b, ..
    } = metric;
    match (metric.only_in, epoch) {
        (Some(side), _) => format!("`{name}` is in the {} run only", side.ordinal()),
        (None, 0) => format!("`{name}` differs: {a} and {b}"),
        (None, epoch) => format!("`{name}` differs first in epoch {epoch}: {a} and {b}"),
    }
}

fn weight(weight: &WeightDifference) -> String {
    let name = &weight.name;
    match &weight.gap {
        WeightGap::OnlyIn { side } => format!("parameter `{name}` is in the {} run only", side.ordinal()),
        WeightGap::Shape { a, b } => format!("parameter `{name}` has shape {a:?} and {b:?}"),
        WeightGap::Precision { a, b } => format!("parameter `{name}` is {a} and {b}"),
        WeightGap::Values { count, largest, .. } => {
            format!("parameter `{name}` differs in {count} values, by at most {largest:e}")
        }
    }
}
