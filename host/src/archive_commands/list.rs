//! `neurotrain archive ls`.

use super::arguments::ListArgs;
use super::attempts::{Attempt, State, attempts};
use super::places::places;
use crate::cli::Exit;
use crate::output::{Console, bytes, duration, percent, table};
use crate::worker::protocol::RunSummary;
use neurotrain_plugin_api::Result;
use serde_json::{Value, json};
use std::time::Duration;

const COLUMNS: [&str; 8] = [
    "run",
    "status",
    "epochs",
    "validation",
    "test",
    "time",
    "size",
    "date",
];

pub(super) fn run(args: &ListArgs, console: &Console) -> Result<Exit> {
    let attempts = attempts(&places(&args.paths)?);
    if args.json {
        let list: Vec<Value> = attempts.iter().map(object).collect();
        console.print(&serde_json::to_string_pretty(&list)?);
    } else {
        console.print(&table(&COLUMNS, attempts.iter().map(row)));
    }
    let damaged = attempts.iter().filter(|a| matches!(a.state, State::Damaged(_)));
    let mut exit = Exit::Done;
    for attempt in damaged {
        exit = Exit::Failed;
        if let (State::Damaged(e), false) = (&attempt.state, args.json) {
            console.error(&e.clone().into());
        }
    }
    Ok(exit)
}

fn row(attempt: &Attempt) -> Vec<String> {
    let name = match attempt.study.as_str() {
        "" => attempt.name.clone(),
        study => format!("{study} / {}", attempt.name),
    };
    let mut cells = vec![name, attempt.status().to_owned()];
    let none = || "–".to_owned();
    match &attempt.state {
        State::Archived(run) => {
            let summary = RunSummary::of(&run.record);
            cells.extend([
                summary.epochs.to_string(),
                summary.validation_accuracy.map_or_else(none, percent),
                summary.test_accuracy.map_or_else(none, percent),
                seconds(summary.seconds),
                bytes(run.bytes),
                minutes(&run.record.created),
            ]);
        }
        State::Interrupted { epochs } => {
            cells.push(epochs.to_string());
            cells.extend((0..5).map(|_| none()));
        }
        State::Damaged(_) | State::Running => cells.extend((0..6).map(|_| none())),
    }
    cells
}

fn object(attempt: &Attempt) -> Value {
    let run = attempt.run();
    json!({
        "name": attempt.name,
        "id": attempt.id,
        "study": attempt.study,
        "file": attempt.file,
        "status": attempt.status(),
        "reason": attempt.reason(),
        "bytes": run.map(|run| run.bytes),
        "created": run.map(|run| run.record.created.as_str()),
        "summary": run.map(|run| RunSummary::of(&run.record)),
    })
}

fn seconds(value: f64) -> String {
    Duration::try_from_secs_f64(value).map_or_else(|_| "–".to_owned(), duration)
}

/// `2026-01-31 12:00` of `2026-01-31T12:00:59Z`.
fn minutes(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}
