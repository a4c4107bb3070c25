//! One row per run.

use super::{Column, Table};
use crate::read::StoredRun;
use crate::record::{EpochMetrics, RunRecord, Scores};
use neurotrain_plugin_api::Result;

/// A run, and what it is called among others.
#[derive(Debug, Clone, Copy)]
pub struct TableRow<'a> {
    /// Its unique name.
    pub name: &'a str,
    /// The search it is a trial of; empty for a run of the campaign itself.
    pub study: &'a str,
    /// The run.
    pub run: &'a StoredRun,
}

/// What each run is and what it reached: scores of the last epoch, the final test, costs.
///
/// # Errors
/// None for rows read from files.
pub fn runs_table(rows: &[TableRow<'_>]) -> Result<Table> {
    let last = |of: fn(&EpochMetrics) -> Option<f64>| {
        rows.iter()
            .map(move |row| row.run.record.epochs.last().and_then(of))
    };
    let record = |of: fn(&RunRecord) -> Option<f64>| rows.iter().map(move |row| of(&row.run.record));
    let count = |of: fn(&RunRecord) -> Option<u64>| rows.iter().map(move |row| of(&row.run.record));
    let text = |of: fn(&StoredRun) -> &str| rows.iter().map(move |row| of(row.run).to_owned());
    let mut columns = identity(rows);
    columns.extend([
        Column::text("id", text(|run| &run.record.run_id)),
        Column::text("status", text(|run| run.record.status.name())),
        Column::text("protocol", text(|run| run.record.protocol.name())),
        Column::count("epochs", "1", count(|r| Some(r.epochs.len() as u64))),
        Column::real("train_accuracy", "1", last(|e| Some(e.train.accuracy))),
        Column::real("train_loss", "1", last(|e| Some(e.train.loss))),
        Column::real(
            "validation_accuracy",
            "1",
            last(|e| e.validation.map(|s| s.accuracy)),
        ),
        Column::real("validation_loss", "1", last(|e| e.validation.map(|s| s.loss))),
        Column::real("test_accuracy", "1", record(|r| r.test.map(|s| s.accuracy))),
        Column::real("test_loss", "1", record(|r| r.test.map(|s| s.loss))),
        Column::count("parameters", "1", count(|r| Some(r.totals.parameter_count))),
        Column::count(
            "memory_footprint_bytes",
            "byte",
            count(|r| Some(r.totals.memory_footprint_bytes)),
        ),
    ]);
    columns.extend(operations(rows));
    columns.extend([
        Column::real("seconds", "s", record(|r| Some(r.measured.execution_seconds))),
        Column::real("samples_per_second", "1/s", record(mean_rate)),
        Column::count(
            "peak_state_bytes",
            "byte",
            count(|r| r.epochs.iter().map(|e| e.peak_training_state_bytes).max()),
        ),
        Column::text("created", text(|run| &run.record.created)),
        Column::text("host_version", text(|run| &run.record.provenance.host_version)),
        Column::text("metrics_sha256", text(|run| &run.metrics_sha256)),
        Column::text("weights_sha256", text(|run| &run.weights_sha256)),
    ]);
    Table::new(columns)
}

/// The columns by which rows are told apart and grouped.
pub(super) fn identity(rows: &[TableRow<'_>]) -> Vec<Column> {
    let text = |of: fn(&RunRecord) -> &str| rows.iter().map(move |row| of(&row.run.record).to_owned());
    vec![
        Column::text("run", rows.iter().map(|row| row.name.to_owned())),
        Column::text("study", rows.iter().map(|row| row.study.to_owned())),
        Column::text("trainer", text(|r| &r.trainer)),
        Column::text("model", text(|r| &r.model)),
        Column::text("dataset", text(|r| &r.dataset)),
        Column::text("data_variant", text(|r| &r.provenance.dataset.variant)),
        Column::count("seed", "", rows.iter().map(|row| Some(row.run.record.seed))),
    ]
}

/// Accuracy and loss of a split as two cells.
pub(super) fn cells(scores: Option<Scores>) -> [Option<f64>; 2] {
    [scores.map(|s| s.accuracy), scores.map(|s| s.loss)]
}

fn operations<'a>(rows: &'a [TableRow<'a>]) -> Vec<Column> {
    let column = |name: &str, of: fn(&crate::SynapticOperations) -> u64| {
        let cells = rows
            .iter()
            .map(move |row| row.run.record.totals.synaptic_operations.as_ref().map(of));
        Column::count(name, "1", cells)
    };
    vec![
        column("forward_dense_operations", |o| o.forward_dense),
        column("forward_effective_operations", |o| o.forward_effective),
        column("learning_dense_operations", |o| o.learning_dense),
        column("learning_effective_operations", |o| o.learning_effective),
    ]
}

/// Mean over the epochs that have one.
fn mean_rate(record: &RunRecord) -> Option<f64> {
    let rates: Vec<f64> = record
        .epochs
        .iter()
        .map(|e| e.samples_per_second)
        .filter(|rate| rate.is_finite())
        .collect();
    (!rates.is_empty()).then(|| rates.iter().sum::<f64>() / rates.len() as f64)
}
