//! `trainers`, `models` and `datasets` at the top level: what the matrix is made of.

use crate::OriginKind;
use crate::catalogue::Kind;
use crate::document::Cursor;
use crate::problem::Findings;
use crate::statement::block;
use crate::statement::types::{Scope, Selection, Statements};
use serde_json::Value;

/// A list of keys, `all` (also an empty list or nothing, as in NeuroTrain), or keys with override blocks.
/// Outside the file, `trainers.bptt.lr=0.1` only overrides: it says nothing about which trainers run.
pub(super) fn read(kind: Kind, value: &Cursor<'_>, statements: &mut Statements, findings: &mut Findings) {
    let selection = match value.value() {
        Value::Null => Selection::All,
        Value::String(word) if word == "all" => Selection::All,
        Value::String(words) => {
            let words = words.split(',').map(str::trim).filter(|word| !word.is_empty());
            Selection::Keys(words.map(|word| (word.to_owned(), value.origin())).collect())
        }
        Value::Array(_) => match keys(kind, value, findings) {
            keys if keys.is_empty() || keys.iter().any(|(key, _)| key == "all") => Selection::All,
            keys => Selection::Keys(keys),
        },
        Value::Object(_) => {
            overrides(kind, value, statements, findings);
            if value.layer() != OriginKind::File {
                return;
            }
            let keys = value
                .entries()
                .into_iter()
                .map(|(key, below)| (key.to_owned(), below.origin()));
            Selection::Keys(keys.collect())
        }
        other => {
            findings.problem(
                value
                    .problem(format!(
                        "`{}` is {other}, but must be a list of keys or `all`",
                        kind.plural()
                    ))
                    .hint("for instance [bptt, ottt], or {bptt: {lr: 0.01}} with override blocks"),
            );
            return;
        }
    };
    statements.selections.push((kind, selection));
}

fn keys(kind: Kind, list: &Cursor<'_>, findings: &mut Findings) -> Vec<(String, crate::Origin)> {
    let mut keys: Vec<(String, crate::Origin)> = Vec::new();
    for item in list.items() {
        let Some(key) = item.word() else {
            findings.problem(
                item.problem(format!("a {} in a list is given by its key", kind.noun()))
                    .hint("to override parameters write a mapping instead of the list: {bptt: {lr: 0.01}}"),
            );
            continue;
        };
        keys.push((key, item.origin()));
    }
    keys
}

/// Override blocks by component key.
pub(super) fn overrides(
    kind: Kind,
    value: &Cursor<'_>,
    statements: &mut Statements,
    findings: &mut Findings,
) {
    if !matches!(value.value(), Value::Object(_) | Value::Null) {
        let message = format!("`{}` must map keys to override blocks here", kind.plural());
        findings.problem(value.problem(message).hint("for instance {bptt: {lr: 0.01}}"));
    }
    for (key, below) in value.entries() {
        block::read(
            &below,
            kind,
            &Scope::Component(key.to_owned()),
            statements,
            findings,
        );
    }
}
