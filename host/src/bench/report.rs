//! Measured steps as a table and as JSON.

use super::machine::Rates;
use super::roofline::{Bound, Ops, Work};
use super::subject::{Case, Input};
use super::train::Kind;
use crate::output::{Console, bytes, table};
use anyhow::Result;
use neurotrain_plugin_api::Error;
use serde::Serialize;

/// A measured step. Synaptic operations are per sample.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    pub(super) rule: String,
    pub(super) model: String,
    pub(super) shape: String,
    pub(super) input: Vec<usize>,
    /// Neurons of every layer, the readout last.
    pub(super) layers: Vec<usize>,
    pub(super) classes: usize,
    pub(super) steps: usize,
    pub(super) batch: usize,
    /// Share of ones in the input, where it is binary.
    pub(super) density: Option<f64>,
    pub(super) threads: usize,
    pub(super) runs: u32,
    /// Of the shortest run.
    pub(super) ms_per_batch: f64,
    pub(super) median_ms: f64,
    pub(super) samples_per_second: f64,
    /// The most bytes of neuron state, rule state and activations at once.
    pub(super) peak_training_bytes: u64,
    /// Bytes that the rule keeps between batches.
    pub(super) kept_rule_bytes: u64,
    /// Growth of the process's resident memory; for the first case alone, because later ones reuse what it left.
    pub(super) resident_growth_bytes: Option<u64>,
    pub(super) parameters: f64,
    pub(super) forward: Ops,
    pub(super) learning: Option<Ops>,
    pub(super) bound: Option<Bound>,
    /// What the bound is computed from.
    #[serde(skip)]
    pub(super) work: Work,
}

/// A combination that was not measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Skipped {
    pub(super) rule: String,
    pub(super) model: String,
    pub(super) shape: String,
    pub(super) reason: String,
}

impl Skipped {
    pub(super) fn new(case: &Case, error: &anyhow::Error) -> Self {
        let reason = match error.downcast_ref::<Error>() {
            Some(error) if error.code() == "refused" => error.message().to_owned(),
            _ => format!("{error:#}"),
        };
        Skipped {
            rule: case.rule.clone(),
            model: case.model.clone(),
            shape: match &case.input {
                Input::Synthetic { shape, .. } => shape.name.clone(),
                Input::Real { dataset, .. } => dataset.clone(),
            },
            reason,
        }
    }
}

pub(super) fn print(
    kind: Kind,
    rows: &[Row],
    skipped: &[Skipped],
    rates: Option<&Rates>,
    json: bool,
    console: &Console,
) -> Result<()> {
    if json {
        let all = serde_json::json!({ "steps": rows, "skipped": skipped, "machine": rates });
        console.print(&serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    if !rows.is_empty() {
        console.print(&text(kind, rows));
        console.print("time: least of several steps; M SynOps per sample: dense / effective (accumulates + multiply-accumulates)");
    }
    let mut told: Vec<&Skipped> = Vec::new();
    for skip in skipped {
        if !told.contains(&skip) {
            console.print(&format!(
                "not measured: {} on {} ({}): {}",
                skip.rule, skip.model, skip.shape, skip.reason
            ));
            told.push(skip);
        }
    }
    Ok(())
}

fn text(kind: Kind, rows: &[Row]) -> String {
    let mut header = vec![
        "rule",
        "network",
        "input",
        "T",
        "batch",
        "density",
        "ms/batch",
        "samples/s",
        "peak state",
        "M SynOps forward",
    ];
    if kind == Kind::Train {
        header.push("learning");
    }
    let bounded = rows.iter().any(|row| row.bound.is_some());
    if bounded {
        header.extend(["bound, ms", "of bound"]);
    }
    let cells = rows.iter().map(|row| {
        let mut cells = vec![
            row.rule.clone(),
            format!("{} {}", row.model, sizes(&row.layers)),
            format!("{} {}", row.shape, sizes(&row.input).replace('-', "x")),
            row.steps.to_string(),
            row.batch.to_string(),
            row.density.map_or_else(|| "–".to_owned(), |d| format!("{d:.3}")),
            format!("{:.3}", row.ms_per_batch),
            format!("{:.0}", row.samples_per_second),
            bytes(row.peak_training_bytes),
            operations(&row.forward),
        ];
        if kind == Kind::Train {
            cells.push(row.learning.as_ref().map_or_else(String::new, operations));
        }
        if let Some(bound) = &row.bound {
            cells.push(format!("{:.3}", bound.total_ms));
            cells.push(format!("{:.0} %", 100.0 * bound.total_ms / row.ms_per_batch));
        }
        cells
    });
    table(&header, cells)
}

fn sizes(sizes: &[usize]) -> String {
    sizes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("-")
}

fn operations(ops: &Ops) -> String {
    format!(
        "{:.3} / {:.3} + {:.3}",
        ops.dense_mac / 1e6,
        ops.effective_ac / 1e6,
        ops.effective_mac / 1e6
    )
}
