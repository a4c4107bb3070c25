//! What searches came to, for people.

use crate::output::{percent, table};
use crate::supervisor::SearchReport;
use serde_json::Value;

const HEADER: [&str; 6] = ["search", "trials", "best", "configured", "trial", "values"];

/// A table of the searches that have a best trial; empty if there is none.
pub(super) fn searches(reports: &[SearchReport]) -> String {
    let rows: Vec<Vec<String>> = reports.iter().filter_map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let metrics: Vec<&str> = {
        let mut metrics: Vec<&str> = reports.iter().map(|r| r.metric.as_str()).collect();
        metrics.dedup();
        metrics
    };
    format!(
        "Searches, by {}:\n{}\n",
        metrics.join(", ").replace('_', " "),
        table(&HEADER, rows)
    )
}

/// Why searches could not go on.
pub(super) fn broken(reports: &[SearchReport]) -> Vec<String> {
    reports
        .iter()
        .filter_map(|r| Some(format!("search of {}: {}", r.group, r.failure.as_ref()?)))
        .collect()
}

fn row(report: &SearchReport) -> Option<Vec<String>> {
    let best = report.best.as_ref()?;
    let mut trials = format!("{} of {}", report.complete, report.wanted);
    for (count, word) in [(report.pruned, "pruned"), (report.failed, "failed")] {
        if count > 0 {
            trials.push_str(&format!(", {count} {word}"));
        }
    }
    let shown = |value: f64| {
        if report.metric.ends_with("accuracy") {
            percent(value)
        } else {
            format!("{value:.4}")
        }
    };
    let values: Vec<String> = best
        .params
        .iter()
        .map(|(name, value)| format!("{name}={}", plain(value)))
        .collect();
    Some(vec![
        report.group.clone(),
        trials,
        shown(best.value),
        report.configured.map_or_else(|| "–".to_owned(), shown),
        best.number.to_string(),
        values.join(" "),
    ])
}

/// Four digits are enough for a table.
fn plain(value: &Value) -> String {
    match value {
        Value::Number(n) if n.is_f64() => {
            let number = n.as_f64().unwrap_or_default();
            if number != 0.0 && !(1e-3..1e5).contains(&number.abs()) {
                format!("{number:.3e}")
            } else {
                format!("{number:.4}")
            }
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
