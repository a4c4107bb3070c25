//! The summary for people.

use super::Results;
use super::groups::{Group, Spread, groups, spread};
use super::searches::{broken, searches};
use super::{Outcome, RunResult};
use crate::output::{bytes, duration, indent, percent, table, thousands};
use crate::worker::protocol::Failure;
use neurotrain_campaign::Protocol;
use std::fmt::Write;
use std::time::Duration;

const HEADER: [&str; 10] = [
    "rule",
    "network",
    "data",
    "seeds",
    "validation",
    "test",
    "95 % interval",
    "time",
    "peak state",
    "parameters",
];

/// The mark of figures that were selected on the test data.
const SELECTED_ON_TEST: &str = "†";

/// Archives that are listed one by one.
const LISTED_FILES: usize = 24;

/// The table, what was left out and why, what failed and how to repeat it, and where the files are.
pub(crate) fn text(results: &Results<'_>) -> String {
    let mut out = String::new();
    let finished: Vec<Group<'_>> = groups(results.runs)
        .into_iter()
        .filter(|g| !g.finished.is_empty())
        .collect();
    if !finished.is_empty() {
        out.push_str(&table(&HEADER, finished.iter().map(row)));
        out.push('\n');
        if finished.iter().any(|g| selected_on_test(g.first)) {
            let _ = writeln!(
                out,
                "{SELECTED_ON_TEST} selected on the test data, as NeuroTrain does: no figure for new data"
            );
        }
    }
    let searched = searches(results.searches);
    if !searched.is_empty() {
        let _ = write!(out, "\n{searched}");
    }
    for (title, lines) in [
        ("Searches that could not go on:", broken(results.searches)),
        ("Not repeated, finished earlier:", earlier(results.runs)),
        ("Skipped, cannot be combined:", skipped(results)),
        ("Failed:", failures(results.runs)),
        ("Running elsewhere:", elsewhere(results.runs)),
        ("Stopped before the end:", stopped(results.runs)),
    ] {
        if !lines.is_empty() {
            let _ = write!(out, "\n{title}\n{}\n", indent(&lines.join("\n")));
        }
    }
    let files = archives(results);
    if !files.is_empty() {
        let _ = write!(out, "\nHDF5 files:\n{}\n", indent(&files.join("\n")));
    }
    if let Some(taken) = &results.taken {
        let _ = writeln!(out, "\n{}", taken.text());
    }
    let _ = write!(out, "\nCampaign folder: {}", results.folder.display());
    out
}

/// The archives, or where they are when there are many.
fn archives(results: &Results<'_>) -> Vec<String> {
    let folders = results
        .runs
        .iter()
        .filter(|run| run.summary().is_some())
        .filter_map(|run| run.folder.as_ref());
    let files: Vec<String> = folders
        .map(|folder| folder.join("run.h5").display().to_string())
        .collect();
    if files.len() <= LISTED_FILES {
        return files;
    }
    vec![format!(
        "{} files: {}",
        files.len(),
        results.folder.join("runs/*/run.h5").display()
    )]
}

fn selected_on_test(run: &RunResult) -> bool {
    run.protocol == Protocol::Neurotrain
}

fn row(group: &Group<'_>) -> Vec<String> {
    let first = group.first;
    let variant = group.finished.first().map_or("", |s| s.data_variant.as_str());
    let data = if variant.is_empty() {
        first.dataset.clone()
    } else {
        format!("{} [{variant}]", first.dataset)
    };
    let seeds = if group.finished.len() == group.total {
        group.total.to_string()
    } else {
        format!("{} of {}", group.finished.len(), group.total)
    };
    let accuracy = |values: Option<Spread>| match values {
        Some(Spread {
            mean,
            deviation: Some(sd),
            ..
        }) => format!("{} ± {:.2}", percent(mean), sd * 100.0),
        Some(Spread {
            mean,
            deviation: None,
            ..
        }) => percent(mean),
        None => "–".to_owned(),
    };
    let test = spread(group.finished.iter().filter_map(|s| s.test_accuracy));
    let time = spread(group.finished.iter().map(|s| s.seconds)).map_or(0.0, |s| s.mean);
    let peak = group.finished.iter().filter_map(|s| s.peak_state_bytes).max();
    let mark = if selected_on_test(first) {
        SELECTED_ON_TEST
    } else {
        ""
    };
    vec![
        first.trainer.clone(),
        first.model.clone(),
        data,
        seeds,
        accuracy(spread(
            group.finished.iter().filter_map(|s| s.validation_accuracy),
        )),
        accuracy(test) + mark,
        test.and_then(|test| test.interval()).map_or_else(
            || "–".to_owned(),
            |(low, high)| format!("{:.2} – {}", low * 100.0, percent(high)),
        ),
        duration(Duration::from_secs_f64(time.max(0.0))),
        peak.map_or_else(|| "–".to_owned(), bytes),
        thousands(group.finished.first().map_or(0, |s| s.parameters)),
    ]
}

fn earlier(runs: &[RunResult]) -> Vec<String> {
    let names: Vec<String> = runs
        .iter()
        .filter(|run| matches!(run.outcome, Outcome::AlreadyFinished { .. }))
        .map(|run| run.name.clone())
        .collect();
    if names.is_empty() {
        names
    } else {
        [names, vec!["(--force repeats them into new folders)".to_owned()]].concat()
    }
}

fn skipped(results: &Results<'_>) -> Vec<String> {
    results
        .skipped
        .iter()
        .map(|s| format!("{} × {} × {}: {}", s.trainer, s.model, s.dataset, s.reason))
        .collect()
}

fn failures(runs: &[RunResult]) -> Vec<String> {
    runs.iter()
        .filter_map(|run| match &run.outcome {
            // What never started has no folder and is told once for all that share the reason.
            Outcome::Failed {
                failure,
                earlier,
                log,
                repeat,
            } if run.folder.is_some() => Some((run, failure, *earlier, log, repeat)),
            _ => None,
        })
        .map(|(run, failure, earlier, log, repeat)| {
            let mut lines = vec![reason(&run.name, failure)];
            if earlier {
                lines.push("  it failed earlier and was not tried again: --retry-failed does".to_owned());
            }
            lines.extend(log.iter().map(|line| format!("  | {line}")));
            if let Some(folder) = &run.folder {
                lines.push(format!("  log: {}", folder.join("run.log").display()));
            }
            if !repeat.is_empty() {
                lines.push(format!("  repeat: {repeat}"));
            }
            lines.join("\n")
        })
        .chain(without_start(runs))
        .collect()
}

/// Reasons why runs could not even be started, each with the names of all runs it concerns.
pub(crate) fn without_start(runs: &[RunResult]) -> Vec<String> {
    let mut reasons: Vec<(&Failure, Vec<&str>)> = Vec::new();
    for run in runs.iter().filter(|run| run.folder.is_none()) {
        let Outcome::Failed { failure, .. } = &run.outcome else {
            continue;
        };
        match reasons.iter_mut().find(|(known, _)| *known == failure) {
            Some((_, names)) => names.push(&run.name),
            None => reasons.push((failure, vec![&run.name])),
        }
    }
    reasons
        .into_iter()
        .map(|(failure, names)| {
            let mut lines = vec![reason(&names.join(", "), failure)];
            lines.extend(failure.log.iter().map(|line| format!("  | {line}")));
            lines.join("\n")
        })
        .collect()
}

fn reason(names: &str, failure: &Failure) -> String {
    if failure.hint.is_empty() {
        return format!("{names}: {}", failure.message);
    }
    format!("{names}: {}\n  what to do: {}", failure.message, failure.hint)
}

fn elsewhere(runs: &[RunResult]) -> Vec<String> {
    runs.iter()
        .filter_map(|run| match &run.outcome {
            Outcome::Elsewhere { holder } => Some(format!("{}: {holder}", run.name)),
            _ => None,
        })
        .collect()
}

fn stopped(runs: &[RunResult]) -> Vec<String> {
    let mut names: Vec<String> = runs
        .iter()
        .filter_map(|run| match run.outcome {
            Outcome::Stopped => Some(run.name.clone()),
            Outcome::NotStarted => Some(format!("{} (not started)", run.name)),
            _ => None,
        })
        .collect();
    if !names.is_empty() {
        names.push("(the same command goes on from here)".to_owned());
    }
    names
}
