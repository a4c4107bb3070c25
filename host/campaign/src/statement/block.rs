//! Blocks of parameters of a component.

use crate::catalogue::Kind;
use crate::document::Cursor;
use crate::problem::Findings;
use crate::statement::tunable;
use crate::statement::types::{Parameter, Scope, Statements};
use serde_json::Value;

/// Reads the parameters of a block. A mapping in the block of a model is a section, unless it is a tunable
/// block.
pub(super) fn read(
    block: &Cursor<'_>,
    kind: Kind,
    scope: &Scope,
    statements: &mut Statements,
    findings: &mut Findings,
) {
    if !matches!(block.value(), Value::Object(_) | Value::Null) {
        let message = format!(
            "the block of a {} must be a mapping, for instance {{lr: 0.01}}",
            kind.noun()
        );
        findings.problem(block.problem(message));
    }
    for (key, value) in block.entries() {
        // In an experiment these two name the component, and have been read.
        let names_component = key == "name" || key == kind.singular();
        match scope {
            Scope::Experiment(_) if names_component => {}
            _ if names_component => name(&value, kind, scope, findings),
            _ if is_section(&value, kind) => section(key, &value, kind, scope, statements, findings),
            _ => parameter(key, &value, kind, scope, None, statements, findings),
        }
    }
}

fn name(value: &Cursor<'_>, kind: Kind, scope: &Scope, findings: &mut Findings) {
    let same = matches!((scope, value.word()), (Scope::Component(key), Some(word)) if word.eq_ignore_ascii_case(key));
    if !same {
        let message = format!("a block of overrides cannot choose a {}", kind.noun());
        findings.problem(
            value
                .problem(message)
                .hint("name it in an experiment, under `experiments`"),
        );
    }
}

fn is_section(value: &Cursor<'_>, kind: Kind) -> bool {
    kind == Kind::Model && value.value().is_object() && !tunable::is_one(value)
}

fn section(
    name: &str,
    block: &Cursor<'_>,
    kind: Kind,
    scope: &Scope,
    statements: &mut Statements,
    findings: &mut Findings,
) {
    for (key, value) in block.entries() {
        if !matches!(key, "name" | "net_type") {
            parameter(key, &value, kind, scope, Some(name), statements, findings);
        }
    }
}

fn parameter(
    key: &str,
    value: &Cursor<'_>,
    kind: Kind,
    scope: &Scope,
    section: Option<&str>,
    statements: &mut Statements,
    findings: &mut Findings,
) {
    let tunable = if tunable::is_one(value) {
        tunable::read(value, findings)
    } else {
        None
    };
    if value.value().is_object() && tunable.is_none() {
        if !tunable::is_one(value) {
            findings.problem(
                value
                    .problem(format!("`{key}` is a mapping, but must be a value"))
                    .hint("a tunable block is {value: 0.01, type: float, min: 1.0e-5, max: 0.1}"),
            );
        }
        return;
    }
    statements.parameters.push(Parameter {
        scope: scope.clone(),
        kind,
        section: section.map(str::to_owned),
        key: key.to_owned(),
        value: tunable
            .as_ref()
            .map_or_else(|| value.value().clone(), |block| block.value.clone()),
        tunable,
        origin: value.origin(),
    });
}
