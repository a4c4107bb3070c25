//! `neurotrain archive diff`.

use super::arguments::DiffArgs;
use super::attempts::{Attempt, State, attempts};
use super::choice::best;
use super::places::places;
use crate::cli::Exit;
use crate::output::{Console, indent};
use neurotrain_archive::{
    Change, MetricDifference, RunDiff, StoredRun, WeightDifference, WeightGap, diff_runs,
};
use neurotrain_plugin_api::{Error, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

pub(super) fn run(args: &DiffArgs, console: &Console) -> Result<Exit> {
    let (first, second) = (runs(&args.a)?, runs(&args.b)?);
    let (pairs, lone) = match (&first[..], &second[..]) {
        // Two runs are compared whatever they are called.
        ([(_, a)], [(_, b)]) => (vec![("", a, b)], Vec::new()),
        _ => pair(&first, &second),
    };
    let mut equal = lone.is_empty();
    let mut list = Vec::new();
    for (name, a, b) in pairs {
        let diff = diff_runs(a, b)?;
        let same = diff.same_results(args.tolerance);
        equal &= same;
        if args.json {
            list.push(object(a, b, &diff, same)?);
        } else {
            console.print(&text(name, &diff, same, args.tolerance));
        }
    }
    if args.json {
        let whole = json!({"equal": equal, "tolerance": args.tolerance, "runs": list, "unpaired": lone});
        console.print(&serde_json::to_string_pretty(&whole)?);
    } else {
        lone.iter().for_each(|line| console.print(line));
    }
    Ok(if equal { Exit::Done } else { Exit::Failed })
}

/// The best attempt at each run, by name.
fn runs(path: &Path) -> Result<Vec<(String, StoredRun)>> {
    let attempts = attempts(&places(&[path.to_owned()])?);
    let chosen: Vec<&Attempt> = best(&attempts, &HashMap::new());
    chosen
        .into_iter()
        .map(|attempt| match &attempt.state {
            State::Archived(run) => Ok((key(attempt), (**run).clone())),
            State::Damaged(e) => Err(e.clone()),
            State::Running | State::Interrupted { .. } => Err(Error::new(
                "missing-data",
                format!("{} is not there: {}", attempt.file.display(), attempt.reason()),
            )),
        })
        .collect()
}

fn key(attempt: &Attempt) -> String {
    match attempt.study.as_str() {
        "" => attempt.name.clone(),
        study => format!("{study} / {}", attempt.name),
    }
}

type Pair<'a> = (&'a str, &'a StoredRun, &'a StoredRun);

/// Runs of one name, and a line for each without a counterpart.
fn pair<'a>(a: &'a [(String, StoredRun)], b: &'a [(String, StoredRun)]) -> (Vec<Pair<'a>>, Vec<String>) {
    let (mut pairs, mut lone) = (Vec::new(), Vec::new());
    for (name, run) in a {
        match b.iter().find(|(other, _)| other == name) {
            Some((_, other)) => pairs.push((name.as_str(), run, other)),
            None => lone.push(format!("{name}: in A only")),
        }
    }
    let only_b = b
        .iter()
        .filter(|(name, _)| !a.iter().any(|(other, _)| other == name));
    lone.extend(only_b.map(|(name, _)| format!("{name}: in B only")));
    (pairs, lone)
}

fn object(a: &StoredRun, b: &StoredRun, diff: &RunDiff, equal: bool) -> Result<Value> {
    Ok(json!({
        "name": a.record.name,
        "a": a.path,
        "b": b.path,
        "equal": equal,
        "differences": serde_json::to_value(diff)?,
    }))
}

fn text(name: &str, diff: &RunDiff, same: bool, tolerance: f64) -> String {
    let verdict = match (same, diff.metrics.is_empty() && diff.weights.is_empty()) {
        (true, true) => "equal: the same weights and metrics, to the bit".to_owned(),
        (true, false) => format!("equal within {tolerance:e}"),
        (false, _) => "different".to_owned(),
    };
    let mut out = match name {
        "" => verdict,
        name => format!("{name}: {verdict}"),
    };
    for (title, lines) in [
        ("configuration", changes(&diff.configuration)),
        ("provenance", changes(&diff.provenance)),
        ("outcome", changes(&diff.outcome)),
        ("metrics", diff.metrics.iter().map(metric).collect()),
        ("weights", weights(diff)),
    ] {
        if !lines.is_empty() {
            out.push_str(&format!("\n  {title}\n{}", indent(&indent(&lines.join("\n")))));
        }
    }
    out
}

fn changes(changes: &[Change]) -> Vec<String> {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "absent".to_owned());
    changes
        .iter()
        .map(|c| format!("{}: {} → {}", c.key, shown(&c.a), shown(&c.b)))
        .collect()
}

fn metric(metric: &MetricDifference) -> String {
    let MetricDifference {
        name,
        epoch,
        a,
        b,
        largest,
        ..
    } = metric;
    match (metric.only_in, epoch) {
        (Some(side), _) => format!("{name}: in the {} run only", side.ordinal()),
        (None, 0) => format!("{name}: {a} → {b}, by {largest:.3e}"),
        (None, epoch) => format!("{name}: by at most {largest:.3e}; first in epoch {epoch}, {a} → {b}"),
    }
}

fn weights(diff: &RunDiff) -> Vec<String> {
    let mut lines: Vec<String> = diff.weights.iter().map(weight).collect();
    if !lines.is_empty() && diff.equal_weights > 0 {
        lines.push(format!("({} more are equal to the bit)", diff.equal_weights));
    }
    lines
}

fn weight(weight: &WeightDifference) -> String {
    let name = &weight.name;
    match &weight.gap {
        WeightGap::OnlyIn { side } => format!("{name}: in the {} run only", side.ordinal()),
        WeightGap::Shape { a, b } => format!("{name}: shape {a:?} → {b:?}"),
        WeightGap::Precision { a, b } => format!("{name}: {a} → {b}"),
        WeightGap::Values { count, of, largest } => {
            format!("{name}: {count} of {of} values, by at most {largest:.3e}")
        }
    }
}
