//! The top level of a source.

use crate::catalogue::Kind;
use crate::document::{Cursor, Document};
use crate::problem::Findings;
use crate::statement::types::{Incompatible, Missing, Scope, Setting, Statements};
use crate::statement::{block, experiment, selection};
use crate::{OriginKind, runtime, suggest};
use serde_json::Value;

/// Keys of a campaign beside the settings of the runtime, which may stand at the top level too.
const KEYS: [&str; 16] = [
    "name",
    "description",
    "trainers",
    "models",
    "datasets",
    "overrides",
    "trainer",
    "model",
    "dataset",
    "experiments",
    "runtime",
    "opt",
    "optuna",
    "search",
    "incompatible",
    "missing",
];

/// Reads what a source says.
pub(crate) fn read(document: &Document, statements: &mut Statements, findings: &mut Findings) {
    for (key, value) in Cursor::root(document).entries() {
        top_level(key, &value, statements, findings);
    }
}

fn top_level(key: &str, value: &Cursor<'_>, statements: &mut Statements, findings: &mut Findings) {
    if let Some(kind) = Kind::from_plural(key) {
        return selection::read(kind, value, statements, findings);
    }
    if let Some(kind) = Kind::from_singular(key) {
        return block::read(value, kind, &Scope::Every, statements, findings);
    }
    match key {
        "name" => text(value, &mut statements.name, findings),
        "description" => text(value, &mut statements.description, findings),
        "overrides" => overrides(value, statements, findings),
        "experiments" => experiments(value, statements, findings),
        "runtime" => settings(value, None, statements, findings),
        "opt" | "optuna" | "search" => experiment::search(key, value, None, statements, findings),
        "incompatible" => statements.incompatible = incompatible(value, findings).or(statements.incompatible),
        "missing" => missing(value, statements, findings),
        _ if runtime::is_setting(key) => setting(key, value, None, statements),
        _ if experiment::looks_like_one(value) || is_defined(key, value, statements) => {
            experiment::read(key, value, true, statements, findings);
        }
        _ => findings.problem(unknown(key, value, statements)),
    }
}

fn is_defined(key: &str, value: &Cursor<'_>, statements: &Statements) -> bool {
    value.layer() != OriginKind::File && statements.definitions.iter().any(|d| d.key == key)
}

fn unknown(key: &str, value: &Cursor<'_>, statements: &Statements) -> crate::Problem {
    let mut known: Vec<&str> = KEYS.iter().copied().chain(runtime::names()).collect();
    known.extend(statements.definitions.iter().map(|d| d.key.as_str()));
    value.problem(format!("unknown key `{key}`")).hint(format!(
        "{}\nan experiment is a block with `trainer`, `model` and `dataset`, under `experiments`",
        suggest::hint(key, known)
    ))
}

/// `overrides: {trainers: {bptt: {lr: 0.1}}, dataset: {T: 5}}`.
fn overrides(value: &Cursor<'_>, statements: &mut Statements, findings: &mut Findings) {
    if !value.value().is_object() {
        findings.problem(
            value.problem("`overrides` must be a mapping, for instance `trainers: {bptt: {lr: 0.01}}`"),
        );
    }
    for (key, below) in value.entries() {
        if let Some(kind) = Kind::from_plural(key) {
            selection::overrides(kind, &below, statements, findings);
        } else if let Some(kind) = Kind::from_singular(key) {
            block::read(&below, kind, &Scope::Every, statements, findings);
        } else if key == "runtime" {
            settings(&below, None, statements, findings);
        } else {
            let known = [
                "trainers", "models", "datasets", "trainer", "model", "dataset", "runtime",
            ];
            findings.problem(
                below
                    .problem(format!("unknown key `{key}`"))
                    .hint(suggest::hint(key, known)),
            );
        }
    }
}

/// A mapping of names to experiments, or a list of experiments with names.
fn experiments(value: &Cursor<'_>, statements: &mut Statements, findings: &mut Findings) {
    for (name, body) in value.entries() {
        experiment::read(name, &body, false, statements, findings);
    }
    for body in value.items() {
        match body.get("name").and_then(|name| name.word()) {
            Some(name) => experiment::read(&name, &body, false, statements, findings),
            None => findings.problem(body.problem("an experiment in a list needs a `name`")),
        }
    }
    if !matches!(value.value(), Value::Object(_) | Value::Array(_) | Value::Null) {
        findings.problem(value.problem("`experiments` must map names to experiments"));
    }
}

/// The `runtime` block of a campaign or an experiment.
pub(super) fn settings(
    block: &Cursor<'_>,
    experiment: Option<&str>,
    statements: &mut Statements,
    findings: &mut Findings,
) {
    if !matches!(block.value(), Value::Object(_) | Value::Null) {
        findings.problem(block.problem("`runtime` must be a mapping, for instance `{epochs: 10}`"));
    }
    let entries = block.entries();
    let same = |a: &str| entries.iter().find(|(key, _)| *key == a);
    if let (Some(_), Some((_, seeds))) = (same("seed"), same("seeds")) {
        findings.problem(seeds.problem("`seed` and `seeds` say the same thing: give one of them"));
    }
    for (key, value) in &entries {
        setting(key, value, experiment, statements);
    }
}

/// One setting; whether it is known and fits is checked when it is applied.
pub(super) fn setting(key: &str, value: &Cursor<'_>, experiment: Option<&str>, statements: &mut Statements) {
    statements.settings.push(Setting {
        experiment: experiment.map(str::to_owned),
        key: key.to_owned(),
        value: value.value().clone(),
        origin: value.origin(),
    });
}

/// The policy for incompatible triples asked for by name.
pub(super) fn incompatible(value: &Cursor<'_>, findings: &mut Findings) -> Option<Incompatible> {
    match value.value().as_str() {
        Some("error") => Some(Incompatible::Error),
        Some("skip") => Some(Incompatible::Skip),
        Some("run") => Some(Incompatible::Run),
        _ => {
            let message = format!(
                "`incompatible` is {}, but must be error, skip or run",
                value.value()
            );
            findings.problem(value.problem(message));
            None
        }
    }
}

fn missing(value: &Cursor<'_>, statements: &mut Statements, findings: &mut Findings) {
    match value.value().as_str() {
        Some("error") => statements.missing = Missing::Error,
        Some("skip") => statements.missing = Missing::Skip,
        _ => {
            let message = format!("`missing` is {}, but must be error or skip", value.value());
            findings.problem(value.problem(message));
        }
    }
}

fn text(value: &Cursor<'_>, target: &mut Option<String>, findings: &mut Findings) {
    match value.word() {
        Some(word) => *target = Some(word),
        None => findings.problem(value.problem(format!("`{}` must be a text", value.key()))),
    }
}
