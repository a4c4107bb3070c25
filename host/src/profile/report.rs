//! The table of a profile.

use super::collect::Row;
use super::names::{BESIDE, Kind, phase, shown};
use crate::output::table;
use neurotrain_plugin_api::Result;
use serde::Serialize;
use std::time::Duration;

/// Version of the format of `profile.json`.
const FORMAT: u32 = 1;

/// A finished profile.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    format: u32,
    /// Name of the run.
    name: String,
    threads: usize,
    /// Wall time of the run.
    seconds: f64,
    /// The trace beside this file, and how many batches of training and of evaluation it holds at most.
    trace: String,
    trace_batches: u64,
    /// The run's own thread: the times add up to `seconds`, the shares to 1.
    rows: Vec<Entry>,
    /// Other threads, at the same time: no part of `seconds`.
    beside: Vec<Entry>,
}

/// One operation in one stage.
#[derive(Debug, Clone, Serialize)]
struct Entry {
    stage: String,
    phase: &'static str,
    /// The operation as the interface for plugins calls it.
    op: String,
    layer: Option<String>,
    calls: u64,
    /// Time in it, less that in other rows.
    self_seconds: f64,
    share: f64,
    /// Synaptic operations as if nothing were sparse.
    dense_operations: u64,
    /// Synaptic operations with a non-zero operand.
    effective_operations: u64,
}

impl Report {
    pub(super) fn new(name: &str, threads: usize, batches: u64, trace: &str, rows: Vec<Row>) -> Self {
        let (beside, rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.stage == BESIDE);
        let whole: Duration = rows.iter().map(|row| row.own).sum();
        let seconds = whole.as_secs_f64();
        let entries = |rows: Vec<Row>| rows.into_iter().map(|row| Entry::new(row, seconds)).collect();
        Report {
            format: FORMAT,
            name: name.to_owned(),
            threads,
            seconds,
            trace: trace.to_owned(),
            trace_batches: batches,
            rows: entries(rows),
            beside: entries(beside),
        }
    }
}

impl Entry {
    fn new(row: Row, whole: f64) -> Self {
        let seconds = row.own.as_secs_f64();
        Entry {
            phase: row.kind.map_or("", |kind: Kind| phase(kind, &row.op)),
            stage: row.stage,
            op: row.op,
            layer: row.layer,
            calls: row.calls,
            self_seconds: seconds,
            share: if whole > 0.0 { seconds / whole } else { 0.0 },
            dense_operations: row.dense,
            effective_operations: row.effective,
        }
    }

    fn add(&mut self, other: &Entry) {
        self.calls += other.calls;
        self.self_seconds += other.self_seconds;
        self.share += other.share;
        self.dense_operations += other.dense_operations;
        self.effective_operations += other.effective_operations;
    }
}

/// For programs.
pub(super) fn json(report: &Report) -> Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}

/// For people: operations of the same phase and layer in one row, the longest first.
pub(super) fn text(report: &Report) -> String {
    let mut rows: Vec<Entry> = Vec::new();
    for entry in report.rows.iter().chain(&report.beside) {
        let same = |row: &&mut Entry| {
            shown(&row.stage) == shown(&entry.stage) && row.phase == entry.phase && row.layer == entry.layer
        };
        match rows.iter_mut().find(same) {
            Some(row) => row.add(entry),
            None => rows.push(entry.clone()),
        }
    }
    rows.sort_by(|a, b| {
        let by_stage = shown(&a.stage).0.cmp(&shown(&b.stage).0);
        by_stage.then(b.self_seconds.total_cmp(&a.self_seconds))
    });
    let head = [
        "part",
        "phase",
        "layer",
        "calls",
        "self, ms",
        "share",
        "dense MOp",
        "effective MOp",
        "GOp/s",
    ];
    let mut cells: Vec<Vec<String>> = Vec::new();
    let mut last = "";
    for row in &rows {
        let part = shown(&row.stage).1;
        if part != last {
            cells.push(stage_cells(part, &rows));
            last = part;
        }
        cells.push(row_cells(row));
    }
    format!(
        "Profile of {}: {:.3} s, {} thread(s). Self time: without the operations inside.\n{}\n\
         Synaptic operations (multiply-accumulates, or accumulates for binary events); GOp/s of the effective ones.\n\
         {} holds up to {} batches of training and of one evaluation: open it in https://ui.perfetto.dev.\n",
        report.name,
        report.seconds,
        report.threads,
        table(&head, cells),
        report.trace,
        report.trace_batches,
    )
}

/// The sum of a part.
fn stage_cells(part: &str, rows: &[Entry]) -> Vec<String> {
    let of_part = || rows.iter().filter(|row| shown(&row.stage).1 == part);
    let seconds: f64 = of_part().map(|row| row.self_seconds).sum();
    let beside = of_part().any(|row| row.stage == BESIDE);
    let share: f64 = of_part().map(|row| row.share).sum();
    let mut cells = vec![part.to_owned(); 1];
    cells.extend(["", "", ""].map(str::to_owned));
    cells.push(format!("{:.1}", 1e3 * seconds));
    cells.push(if beside { String::new() } else { percent(share) });
    cells.extend(["", "", ""].map(str::to_owned));
    cells
}

fn row_cells(row: &Entry) -> Vec<String> {
    let million = |n: u64| {
        if n == 0 {
            String::new()
        } else {
            format!("{:.1}", n as f64 / 1e6)
        }
    };
    let speed = row.effective_operations as f64 / 1e9 / row.self_seconds.max(f64::MIN_POSITIVE);
    vec![
        String::new(),
        row.phase.to_owned(),
        row.layer.clone().unwrap_or_default(),
        row.calls.to_string(),
        format!("{:.1}", 1e3 * row.self_seconds),
        if row.stage == BESIDE {
            String::new()
        } else {
            percent(row.share)
        },
        million(row.dense_operations),
        million(row.effective_operations),
        if row.effective_operations == 0 {
            String::new()
        } else {
            format!("{speed:.2}")
        },
    ]
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(stage: &str, kind: Kind, op: &str, layer: Option<&str>, milliseconds: u64) -> Row {
        Row {
            stage: stage.to_owned(),
            kind: Some(kind),
            op: op.to_owned(),
            layer: layer.map(str::to_owned),
            calls: 1,
            own: Duration::from_millis(milliseconds),
            dense: 10_000_000 * u64::from(op == "product"),
            effective: 4_000_000 * u64::from(op == "product"),
        }
    }

    #[test]
    fn shares_add_up_and_other_threads_have_none() {
        let rows = vec![
            row("run", Kind::Stage, "run", None, 10),
            row("training", Kind::Network, "product", Some("fc1"), 40),
            row("test", Kind::Network, "product", Some("fc1"), 20),
            row("validation", Kind::Network, "product", Some("fc1"), 20),
            row("training", Kind::Tensor, "add", None, 5),
            row("training", Kind::Tensor, "mul", None, 5),
            row(BESIDE, Kind::Part, "load", None, 500),
        ];
        let report = Report::new("r", 2, 20, "trace.json", rows);
        assert!((report.seconds - 0.1).abs() < 1e-12);
        let shares: f64 = report.rows.iter().map(|row| row.share).sum();
        assert!((shares - 1.0).abs() < 1e-12);
        let text = text(&report);
        assert!(text.contains("40.0 %") && !text.contains("500.0 %"), "{text}");
        assert_eq!(
            text.matches("forward product").count(),
            2,
            "evaluations are one part: {text}"
        );
        assert_eq!(text.matches("rule: tensor operations").count(), 1, "{text}");
        // 4 million operations in 40 ms.
        assert!(text.contains("0.10"), "{text}");
    }
}
