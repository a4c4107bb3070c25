//! One row per epoch of each run.

use super::runs::{cells, identity};
use super::{Column, Table, TableRow};
use crate::record::EpochMetrics;
use neurotrain_plugin_api::Result;
use std::collections::BTreeSet;

/// Metrics of every epoch: scores of each split, `sparsity.LAYER`, what the rules reported as `rule.NAME`, and what
/// was measured. A column that a run does not have is empty in its rows.
///
/// # Errors
/// None for rows read from files.
pub fn epochs_table(rows: &[TableRow<'_>]) -> Result<Table> {
    let lines: Vec<Line<'_>> = rows
        .iter()
        .flat_map(|row| {
            let epochs = (1..).zip(&row.run.record.epochs);
            epochs.map(|(number, metrics)| Line {
                row: *row,
                number,
                metrics,
            })
        })
        .collect();
    let owners: Vec<TableRow<'_>> = lines.iter().map(|line| line.row).collect();
    let mut columns = identity(&owners);
    columns.push(Column::count(
        "epoch",
        "1",
        lines.iter().map(|line| Some(line.number)),
    ));
    columns.extend(splits(&lines));
    columns.extend(sparsity(rows, &lines));
    columns.extend(scalars(&lines));
    let real = |name: &str, units, of: fn(&EpochMetrics) -> f64| {
        Column::real(name, units, lines.iter().map(move |line| Some(of(line.metrics))))
    };
    columns.push(real("wall_seconds", "s", |e| e.wall_seconds));
    columns.push(real("samples_per_second", "1/s", |e| e.samples_per_second));
    let peaks = lines
        .iter()
        .map(|line| Some(line.metrics.peak_training_state_bytes));
    columns.push(Column::count("peak_state_bytes", "byte", peaks));
    Table::new(columns)
}

struct Line<'a> {
    row: TableRow<'a>,
    number: u64,
    metrics: &'a EpochMetrics,
}

fn splits(lines: &[Line<'_>]) -> Vec<Column> {
    type Pick = fn(&EpochMetrics) -> Option<crate::Scores>;
    let picks: [(&str, Pick); 3] = [
        ("train", |e| Some(e.train)),
        ("validation", |e| e.validation),
        ("test", |e| e.test),
    ];
    let mut columns = Vec::new();
    for (split, pick) in picks {
        for (index, quantity) in ["accuracy", "loss"].into_iter().enumerate() {
            let values = lines.iter().map(|line| cells(pick(line.metrics))[index]);
            columns.push(Column::real(&format!("{split}_{quantity}"), "1", values));
        }
    }
    columns
}

/// Layers in the order in which runs name them.
fn sparsity(rows: &[TableRow<'_>], lines: &[Line<'_>]) -> Vec<Column> {
    let mut layers: Vec<&String> = Vec::new();
    for layer in rows.iter().flat_map(|row| &row.run.record.layers) {
        if !layers.contains(&layer) {
            layers.push(layer);
        }
    }
    let column = |layer: &String| {
        let values = lines.iter().map(|line| {
            let place = line.row.run.record.layers.iter().position(|l| l == layer)?;
            line.metrics.activation_sparsity.get(place).copied()
        });
        Column::real(&format!("sparsity.{layer}"), "1", values)
    };
    layers.into_iter().map(column).collect()
}

fn scalars(lines: &[Line<'_>]) -> Vec<Column> {
    let names: BTreeSet<&String> = lines
        .iter()
        .flat_map(|line| line.metrics.scalars.keys())
        .collect();
    let column = |name: &String| {
        let values = lines.iter().map(|line| line.metrics.scalars.get(name).copied());
        Column::real(&format!("rule.{name}"), "1", values)
    };
    names.into_iter().map(column).collect()
}
