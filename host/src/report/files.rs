//! The summary for programs.

use super::Results;
use super::RunResult;
use super::groups::{Group, groups, spread};
use crate::worker::protocol::RunSummary;
use neurotrain_campaign::Protocol;
use neurotrain_export::quoted;
use neurotrain_plugin_api::Result;
use serde_json::{Value, json};

const COLUMNS: [&str; 17] = [
    "name",
    "trainer",
    "model",
    "dataset",
    "data_variant",
    "seed",
    "protocol",
    "id",
    "status",
    "epochs",
    "validation_accuracy",
    "test_accuracy",
    "test_loss",
    "seconds",
    "samples_per_second",
    "peak_state_bytes",
    "parameters",
];

/// Everything as JSON.
pub(crate) fn json(results: &Results<'_>) -> Result<String> {
    let value = json!({
        "campaign": results.campaign,
        "folder": results.folder,
        "runs": results.runs,
        "groups": groups(results.runs).iter().map(group).collect::<Vec<_>>(),
        "searches": results.searches,
        "skipped": results.skipped,
        "time": results.taken,
    });
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

/// What the seeds of one experiment come to.
fn group(group: &Group<'_>) -> Value {
    let of = |value: fn(&RunSummary) -> Option<f64>| {
        let spread = spread(group.finished.iter().filter_map(|s| value(s)))?;
        let interval = spread.interval().map(|(low, high)| [low, high]);
        Some(json!({"mean": spread.mean, "deviation": spread.deviation, "interval_95": interval}))
    };
    json!({
        "group": group.first.group,
        "seeds": group.total,
        "finished": group.finished.len(),
        "validation_accuracy": of(|s| s.validation_accuracy),
        "test_accuracy": of(|s| s.test_accuracy),
    })
}

/// One line per run, comma-separated.
pub(crate) fn csv(results: &Results<'_>) -> Result<String> {
    let mut out = COLUMNS.join(",") + "\n";
    for run in results.runs {
        out.push_str(&line(run)?);
        out.push('\n');
    }
    Ok(out)
}

fn line(run: &RunResult) -> Result<String> {
    let status = serde_json::to_value(&run.outcome)?["status"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let number = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    let s = run.summary().cloned().unwrap_or_default();
    let known = run.summary().is_some();
    let count = |value: u64| if known { value.to_string() } else { String::new() };
    let cells = [
        run.name.clone(),
        run.trainer.clone(),
        run.model.clone(),
        run.dataset.clone(),
        s.data_variant.clone(),
        run.seed.to_string(),
        match run.protocol {
            Protocol::Honest => "honest".to_owned(),
            Protocol::Neurotrain => "neurotrain".to_owned(),
        },
        run.id.clone(),
        status,
        count(s.epochs),
        number(s.validation_accuracy),
        number(s.test_accuracy),
        number(s.test_loss),
        number(known.then_some(s.seconds)),
        number(s.samples_per_second),
        s.peak_state_bytes.map(|v| v.to_string()).unwrap_or_default(),
        count(s.parameters),
    ];
    Ok(cells
        .iter()
        .map(|cell| quoted(cell))
        .collect::<Vec<_>>()
        .join(","))
}
