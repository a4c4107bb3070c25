//! Equality of runs: weights bit by bit, and the metrics that do not depend on the machine.

use crate::metrics::{Variable, rule_variables, sparsity_rows, split_variables};
use crate::parameter::Parameter;
use crate::read::{StoredRun, open_run};
use crate::record::RunRecord;
use neurotrain_plugin_api::Result;
use std::collections::BTreeMap;
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
    let mut differences = Vec::new();
    compare_metrics(&a.record, &b.record, &mut differences);
    compare_parameters(&a.read_parameters()?, &b.read_parameters()?, &mut differences);
    Ok(Comparison { differences })
}

fn compare_metrics(a: &RunRecord, b: &RunRecord, differences: &mut Vec<String>) {
    if a.status.name() != b.status.name() {
        differences.push(format!(
            "one run {}, the other {}",
            a.status.name(),
            b.status.name()
        ));
    }
    if a.epochs.len() != b.epochs.len() {
        differences.push(format!("{} epochs and {}", a.epochs.len(), b.epochs.len()));
    }
    compare_variables(
        &split_variables(&a.epochs),
        &split_variables(&b.epochs),
        differences,
    );
    compare_variables(
        &rule_variables(&a.epochs),
        &rule_variables(&b.epochs),
        differences,
    );
    if a.layers != b.layers {
        differences.push(format!("layers {:?} and {:?}", a.layers, b.layers));
    } else {
        compare_numbers(
            "activation_sparsity",
            &sparsity_rows(a),
            &sparsity_rows(b),
            differences,
        );
    }
    let test = |r: &RunRecord| r.test.map_or(vec![f64::NAN; 2], |t| vec![t.accuracy, t.loss]);
    compare_numbers("test accuracy and loss", &test(a), &test(b), differences);
    if a.totals != b.totals {
        differences.push(format!("totals {:?} and {:?}", a.totals, b.totals));
    }
}

fn compare_variables(a: &[Variable], b: &[Variable], differences: &mut Vec<String>) {
    let by_name = |list: &[Variable]| -> BTreeMap<String, Vec<f64>> {
        let numbers = list.iter().filter(|v| v.values.iter().any(|v| !v.is_nan()));
        numbers.map(|v| (v.name.clone(), v.values.clone())).collect()
    };
    let (a, b) = (by_name(a), by_name(b));
    for (name, values) in &a {
        match b.get(name) {
            Some(others) => compare_numbers(name, values, others, differences),
            None => differences.push(format!("`{name}` is in the first run only")),
        }
    }
    let only_b = b.keys().filter(|name| !a.contains_key(*name));
    differences.extend(only_b.map(|name| format!("`{name}` is in the second run only")));
}

/// Reports the first difference; all kinds of NaN count as one.
fn compare_numbers(name: &str, a: &[f64], b: &[f64], differences: &mut Vec<String>) {
    let same = |(a, b): &(&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    if let Some((index, (a, b))) = a.iter().zip(b).enumerate().find(|(_, pair)| !same(pair)) {
        differences.push(format!("`{name}` differs first at position {index}: {a} and {b}"));
    }
}

fn compare_parameters(a: &[Parameter<'_>], b: &[Parameter<'_>], differences: &mut Vec<String>) {
    let others: BTreeMap<&str, &Parameter<'_>> = b.iter().map(|p| (p.name.as_str(), p)).collect();
    for parameter in a {
        let name = &parameter.name;
        match others.get(name.as_str()) {
            None => differences.push(format!("parameter `{name}` is in the first run only")),
            Some(other) if parameter.same_bits(other) => {}
            Some(other) => differences.push(difference(parameter, other)),
        }
    }
    let only_b = b.iter().filter(|p| !a.iter().any(|o| o.name == p.name));
    differences.extend(only_b.map(|p| format!("parameter `{}` is in the second run only", p.name)));
}

fn difference(a: &Parameter<'_>, b: &Parameter<'_>) -> String {
    use crate::parameter::ParameterData::{F32, F64};
    let name = &a.name;
    let counted = |count: usize, largest: f64| {
        format!("parameter `{name}` differs in {count} values, by at most {largest:e}")
    };
    match (&a.data, &b.data) {
        _ if a.shape != b.shape => format!("parameter `{name}` has shape {:?} and {:?}", a.shape, b.shape),
        (F32(a), F32(b)) => {
            let unequal = a.iter().zip(b.iter()).filter(|(a, b)| a.to_bits() != b.to_bits());
            let gaps: Vec<f64> = unequal
                .map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs())
                .collect();
            counted(gaps.len(), gaps.iter().copied().fold(0.0, f64::max))
        }
        (F64(a), F64(b)) => {
            let unequal = a.iter().zip(b.iter()).filter(|(a, b)| a.to_bits() != b.to_bits());
            let gaps: Vec<f64> = unequal.map(|(a, b)| (a - b).abs()).collect();
            counted(gaps.len(), gaps.iter().copied().fold(0.0, f64::max))
        }
        (a, b) => format!(
            "parameter `{name}` is {} and {}",
            a.dtype().name(),
            b.dtype().name()
        ),
    }
}
