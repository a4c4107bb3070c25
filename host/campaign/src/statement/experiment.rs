//! Named experiments.

use crate::catalogue::Kind;
use crate::document::Cursor;
use crate::problem::Findings;
use crate::search::check_settings;
use crate::statement::types::{Definition, Scope, SearchStatement, Statements};
use crate::statement::{block, campaign};
use crate::{OriginKind, runtime, suggest};
use serde_json::Value;

/// Keys of an experiment beside the settings of the runtime.
const KEYS: [&str; 10] = [
    "name",
    "description",
    "trainer",
    "model",
    "dataset",
    "runtime",
    "opt",
    "optuna",
    "search",
    "incompatible",
];

/// Whether a block at the top level of a file is an experiment, as in NeuroTrain's custom mode.
pub(super) fn looks_like_one(value: &Cursor<'_>) -> bool {
    value.layer() == OriginKind::File && Kind::ALL.iter().any(|kind| value.get(kind.singular()).is_some())
}

/// An experiment of a file, or something said about one elsewhere.
pub(super) fn read(
    key: &str,
    body: &Cursor<'_>,
    top_level: bool,
    statements: &mut Statements,
    findings: &mut Findings,
) {
    if !body.value().is_object() {
        findings.problem(body.problem(format!("experiment `{key}` must be a mapping")));
        return;
    }
    let Some(index) = definition(key, body, top_level, statements, findings) else {
        return;
    };
    for (part, value) in body.entries() {
        if let Some(kind) = Kind::from_singular(part) {
            component(kind, &value, key, index, statements, findings);
            continue;
        }
        match part {
            "name" => match value.word() {
                Some(label) => statements.definitions[index].label = label,
                None => findings.problem(value.problem("`name` must be a text")),
            },
            "description" => {}
            "runtime" => campaign::settings(&value, Some(key), statements, findings),
            "opt" | "optuna" | "search" => search(part, &value, Some(key), statements, findings),
            "incompatible" => {
                let policy = campaign::incompatible(&value, findings);
                statements.definitions[index].incompatible = policy;
            }
            _ if runtime::is_setting(part) => campaign::setting(part, &value, Some(key), statements),
            _ => {
                let known = KEYS.iter().copied().chain(runtime::names());
                let problem = value.problem(format!("unknown key `{part}` in experiment `{key}`"));
                findings.problem(problem.hint(suggest::hint(part, known)));
            }
        }
    }
}

/// Index of the definition; only a file makes new ones.
fn definition(
    key: &str,
    body: &Cursor<'_>,
    top_level: bool,
    statements: &mut Statements,
    findings: &mut Findings,
) -> Option<usize> {
    let known = statements.definitions.iter().position(|d| d.key == key);
    match known {
        Some(_) if body.layer() == OriginKind::File => {
            findings.problem(body.problem(format!("experiment `{key}` is defined twice")));
            None
        }
        Some(index) => Some(index),
        None if body.layer() == OriginKind::File => {
            statements.definitions.push(Definition {
                key: key.to_owned(),
                label: key.to_owned(),
                components: Vec::new(),
                incompatible: None,
                top_level,
                origin: body.origin(),
            });
            Some(statements.definitions.len() - 1)
        }
        None => {
            let names = statements.definitions.iter().map(|d| d.key.as_str());
            let problem = body.problem(format!("no experiment is called `{key}`"));
            findings.problem(problem.hint(suggest::hint(key, names)));
            None
        }
    }
}

/// `trainer: bptt`, or `trainer: {name: bptt, lr: 0.01}`.
fn component(
    kind: Kind,
    value: &Cursor<'_>,
    key: &str,
    index: usize,
    statements: &mut Statements,
    findings: &mut Findings,
) {
    let chosen = match value.value() {
        Value::String(word) => Some((word.clone(), value.origin())),
        // NeuroTrain takes `trainer: {trainer: bptt}` too.
        _ => value
            .get("name")
            .or_else(|| value.get(kind.singular()))
            .and_then(|name| name.word().map(|word| (word, name.origin()))),
    };
    if let Some((word, origin)) = chosen {
        statements.definitions[index]
            .components
            .push((kind, word, origin));
    }
    if !value.value().is_string() {
        block::read(
            value,
            kind,
            &Scope::Experiment(key.to_owned()),
            statements,
            findings,
        );
    }
}

/// `opt`, `optuna` and `search`, of a campaign or an experiment.
pub(super) fn search(
    key: &str,
    value: &Cursor<'_>,
    experiment: Option<&str>,
    statements: &mut Statements,
    findings: &mut Findings,
) {
    let mut statement = SearchStatement {
        experiment: experiment.map(str::to_owned),
        wanted: None,
        settings: None,
        origin: value.origin(),
    };
    match (key, value.value()) {
        ("opt", Value::Bool(wanted)) => statement.wanted = Some(*wanted),
        ("opt", Value::Null) | ("optuna" | "search", Value::Null) => {}
        ("opt", other) => {
            findings.problem(value.problem(format!("`opt` is {other}, but must be true or false")))
        }
        (_, Value::Object(_)) => {
            check_settings(value, findings);
            // NeuroTrain's block alone asks for nothing, `opt` does.
            statement.wanted = (key == "search").then_some(true);
            statement.settings = Some(value.value().clone());
        }
        _ => {
            findings.problem(value.problem(format!("`{key}` must be a mapping, for instance {{trials: 10}}")))
        }
    }
    statements.searches.push(statement);
}
