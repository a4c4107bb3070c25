//! The table.

use crate::measure::Figures;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

/// Both sides of a case.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    case: String,
    ours: Figures,
    peer: Figures,
    /// How many times less time this host takes.
    time_ratio: Option<f64>,
    /// How many times less this process grew.
    memory_ratio: Option<f64>,
}

impl Row {
    pub(crate) fn new(case: String, ours: Figures, peer: Figures) -> Self {
        let ratio = |peer: Option<f64>, ours: Option<f64>| Some(peer? / ours.filter(|v| *v > 0.0)?);
        Row {
            case,
            time_ratio: ratio(peer.ms, ours.ms),
            memory_ratio: ratio(peer.growth_bytes, ours.growth_bytes),
            ours,
            peer,
        }
    }

    /// In one line, while others are still to come.
    pub(crate) fn line(&self) -> String {
        match (self.ours.ms, self.peer.ms, self.time_ratio) {
            (Some(ours), Some(peer), Some(ratio)) => {
                format!("    {ours:.2} ms here, {peer:.1} ms there: {ratio:.1} times")
            }
            _ => "    one side is absent".to_owned(),
        }
    }
}

pub(crate) fn text(rows: &[Row], threads: usize, load: Option<f64>) -> String {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header([
            "case",
            "ours, ms",
            "peer, ms",
            "ratio",
            "our state, MiB",
            "our growth, MiB",
            "peer's growth, MiB",
            "ratio",
        ]);
    let number = |value: Option<f64>, scale: f64, digits: usize| match value {
        Some(value) => format!("{:.digits$}", value / scale),
        None => "–".to_owned(),
    };
    let mib = f64::from(1 << 20);
    for row in rows {
        table.add_row([
            row.case.clone(),
            number(row.ours.ms, 1.0, 2),
            number(row.peer.ms, 1.0, 1),
            number(row.time_ratio, 1.0, 1),
            number(row.ours.state_bytes, mib, 1),
            number(row.ours.growth_bytes, mib, 1),
            number(row.peer.growth_bytes, mib, 1),
            number(row.memory_ratio, 1.0, 1),
        ]);
    }
    let load = load.map_or_else(String::new, |load| format!(", load {load:.1} at the start"));
    format!("{table}\nper batch of 256, least of several; {threads} threads{load}; – is explained above")
}

pub(crate) fn json(rows: &[Row], threads: usize, load: Option<f64>) -> String {
    let all = serde_json::json!({ "threads": threads, "load_average": load, "cases": rows });
    format!("{all:#}\n")
}

/// Processes that wanted to run during the last minute, where the system tells.
pub(crate) fn load_average() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
