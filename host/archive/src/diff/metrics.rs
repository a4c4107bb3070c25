//! Differences between metrics.

use super::{Side, gap, same};
use crate::metrics::{Variable, rule_variables, split_variables};
use crate::number;
use crate::record::RunRecord;
use serde::Serialize;
use std::collections::BTreeMap;

/// A metric that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricDifference {
    /// Its name, for instance `validation_accuracy`, `rule.error` or `sparsity.neurons.0`.
    pub name: String,
    /// The run that alone has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_in: Option<Side>,
    /// The first epoch in which it differs, from 1; 0 for a figure of the whole run.
    pub epoch: usize,
    /// Its value there in the first run.
    #[serde(with = "number")]
    pub a: f64,
    /// Its value there in the second run.
    #[serde(with = "number")]
    pub b: f64,
    /// The largest difference of all epochs that both runs have; infinite where only one value is a finite number.
    #[serde(with = "number")]
    pub largest: f64,
}

impl MetricDifference {
    pub(super) fn within(&self, tolerance: f64) -> bool {
        // Zeros of different sign are 0 apart, and different bits.
        self.only_in.is_none() && tolerance > 0.0 && self.largest <= tolerance
    }
}

/// Metrics that differ in the epochs that both runs have.
pub(super) fn compare(a: &RunRecord, b: &RunRecord) -> Vec<MetricDifference> {
    let (a_columns, b_columns) = (columns(a), columns(b));
    let mut found = Vec::new();
    for (name, values) in &a_columns {
        match b_columns.iter().find(|(other, _)| other == name) {
            Some((_, others)) => found.extend(difference(name, values, others)),
            None => found.push(lone(name, Side::A)),
        }
    }
    let only_b = b_columns
        .iter()
        .filter(|(name, _)| !a_columns.iter().any(|(other, _)| other == name));
    found.extend(only_b.map(|(name, _)| lone(name, Side::B)));
    let figures = |r: &RunRecord| {
        r.test
            .map(|t| [("test.accuracy", t.accuracy), ("test.loss", t.loss)])
    };
    match (figures(a), figures(b)) {
        (Some(a), Some(b)) => {
            for ((name, a), (_, b)) in a.iter().zip(&b) {
                let found_here = difference(name, &[*a], &[*b]);
                found.extend(found_here.map(|found| MetricDifference { epoch: 0, ..found }));
            }
        }
        (Some(_), None) => found.push(lone("test", Side::A)),
        (None, Some(_)) => found.push(lone("test", Side::B)),
        (None, None) => {}
    }
    found
}

/// Every column that has a number in some epoch.
fn columns(record: &RunRecord) -> Vec<(String, Vec<f64>)> {
    let splits = split_variables(&record.epochs)
        .into_iter()
        .map(|v: Variable| (v.name, v.values));
    let scalars = rule_variables(&record.epochs)
        .into_iter()
        .map(|v| (format!("rule.{}", v.name), v.values));
    let sparsity = record.layers.iter().enumerate().map(|(place, layer)| {
        let of = |e: &crate::EpochMetrics| e.activation_sparsity.get(place).copied();
        let values = record.epochs.iter().map(|e| of(e).unwrap_or(f64::NAN));
        (format!("sparsity.{layer}"), values.collect())
    });
    splits
        .chain(scalars)
        .chain(sparsity)
        .filter(|(_, values): &(String, Vec<f64>)| values.iter().any(|v| !v.is_nan()))
        .collect::<BTreeMap<_, _>>()
        .into_iter()
        .collect()
}

fn difference(name: &str, a: &[f64], b: &[f64]) -> Option<MetricDifference> {
    let pairs = || a.iter().copied().zip(b.iter().copied());
    let (place, (first_a, first_b)) = pairs().enumerate().find(|(_, (a, b))| !same(*a, *b))?;
    Some(MetricDifference {
        name: name.to_owned(),
        only_in: None,
        epoch: place + 1,
        a: first_a,
        b: first_b,
        largest: pairs().map(|(a, b)| gap(a, b)).fold(0.0, f64::max),
    })
}

fn lone(name: &str, side: Side) -> MetricDifference {
    MetricDifference {
        name: name.to_owned(),
        only_in: Some(side),
        epoch: 0,
        a: f64::NAN,
        b: f64::NAN,
        largest: f64::INFINITY,
    }
}
