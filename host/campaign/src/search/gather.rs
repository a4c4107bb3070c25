//! What the sources come to for one experiment.

use super::{Metric, Search, SearchSettings, Tunable};
use crate::layers::Assignment;
use crate::problem::{Findings, Problem};
use crate::statement::SearchStatement;
use crate::{Origin, Protocol, reference, suggest};
use neurotrain_plugin_api::{Component, ParamSchema};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The components of an experiment, by the names of their blocks.
type Blocks<'a> = [(&'static str, &'a Component)];

/// What a search explores, if there is one; the last word on a parameter decides whether it is tunable.
pub(crate) fn gather(
    said: &[SearchStatement],
    experiment: Option<&str>,
    protocol: Protocol,
    assignments: &mut [Assignment],
    blocks: &Blocks<'_>,
    findings: &mut Findings,
) -> Option<Search> {
    let (mut wanted, mut settings) = (false, Map::new());
    let mut parameters = None;
    let mut said: Vec<&SearchStatement> = said
        .iter()
        .filter(|s| s.experiment.is_none() || s.experiment.as_deref() == experiment)
        .collect();
    // What is said of the experiment wins over what is said of all, wherever it stands in a file.
    said.sort_by_key(|s| (s.origin.kind, s.experiment.is_some()));
    for statement in said {
        wanted = statement.wanted.unwrap_or(wanted);
        if let Some(Value::Object(block)) = &statement.settings {
            let mut block = block.clone();
            if let Some(trials) = block.shift_remove("n_trials") {
                block.insert("trials".to_owned(), trials);
            }
            settings.extend(block.clone());
            if let Some(named) = block.get("parameters") {
                parameters = Some((named.clone(), statement.origin.clone()));
            }
        }
    }
    if !wanted {
        return None;
    }
    assignments.sort_by_key(|a| a.rank);
    let space = match &parameters {
        Some((named, origin)) => named_space(named, origin, assignments, blocks, findings),
        None => said_space(assignments, blocks, findings),
    };
    if space.is_empty() {
        // Where something is wrong with the space, that has been said.
        if findings.is_clean() {
            findings.warn(format!(
                "nothing to explore for {}: no parameter is tunable, so it is trained with its values",
                blocks
                    .iter()
                    .map(|(_, c)| format!("`{}`", c.key))
                    .collect::<Vec<_>>()
                    .join(" × ")
            ));
        }
        return None;
    }
    let settings = typed(settings, protocol, findings)?;
    Some(Search { settings, space })
}

fn typed(
    mut settings: Map<String, Value>,
    protocol: Protocol,
    findings: &mut Findings,
) -> Option<SearchSettings> {
    settings.retain(|_, value| !value.is_null());
    if let Some(pruner) = settings.get_mut("pruner") {
        *pruner = reference::pruner(pruner);
    }
    let mut settings: SearchSettings = serde_json::from_value(Value::Object(settings))
        .map_err(|e| {
            findings.problem(Problem::new(format!(
                "the settings of the search cannot be read: {e}"
            )))
        })
        .ok()?;
    let metric = *settings.metric.get_or_insert(match protocol {
        Protocol::Honest => Metric::ValidationAccuracy,
        Protocol::Neurotrain => Metric::TestAccuracy,
    });
    settings
        .defaults_first
        .get_or_insert(protocol == Protocol::Honest);
    if metric == Metric::TestAccuracy && protocol == Protocol::Honest {
        findings.problem(
            Problem::new("a search for the best test accuracy is no honest protocol: what was selected on the test data says nothing about new data")
                .hint("search on validation_accuracy, or say `protocol: neurotrain`, which every result will then bear"),
        );
    }
    Some(settings)
}

/// Every parameter whose last word leaves it open.
fn said_space(
    assignments: &[Assignment],
    blocks: &Blocks<'_>,
    findings: &mut Findings,
) -> BTreeMap<String, Tunable> {
    let mut last: BTreeMap<String, &Assignment> = BTreeMap::new();
    for assignment in assignments {
        last.insert(format!("{}.{}", assignment.block, assignment.key), assignment);
    }
    let mut space = BTreeMap::new();
    for (name, assignment) in last {
        let (Some(tunable), Some(schema)) = (
            assignment.tunable.as_ref().filter(|t| t.is_open()),
            schema(blocks, assignment.block, &assignment.key),
        ) else {
            continue;
        };
        insert(&mut space, name, tunable, schema, &assignment.origin, findings);
    }
    space
}

/// The parameters that `search.parameters` names, and no others.
fn named_space(
    named: &Value,
    origin: &Origin,
    assignments: &[Assignment],
    blocks: &Blocks<'_>,
    findings: &mut Findings,
) -> BTreeMap<String, Tunable> {
    let wanted: Vec<(String, Value)> = match named {
        Value::Object(map) => map
            .iter()
            .map(|(name, block)| (name.clone(), block.clone()))
            .collect(),
        Value::Array(list) => list
            .iter()
            .map(|name| {
                (
                    name.as_str().map_or_else(|| name.to_string(), str::to_owned),
                    Value::Null,
                )
            })
            .collect(),
        _ => Vec::new(),
    };
    let mut space = BTreeMap::new();
    for (name, block) in wanted {
        let found = name
            .split_once('.')
            .and_then(|(block, key)| Some((block, key, schema(blocks, block, key)?)));
        let Some((owner, key, schema)) = found else {
            let known: Vec<String> = blocks
                .iter()
                .flat_map(|(block, c)| c.params.iter().map(move |p| format!("{block}.{}", p.name)))
                .collect();
            findings.problem(
                Problem::at(
                    origin,
                    format!("a search cannot explore `{name}`: there is no such parameter"),
                )
                .hint(suggest::hint(&name, known.iter().map(String::as_str))),
            );
            continue;
        };
        let said = assignments
            .iter()
            .rev()
            .find(|a| a.block == owner && a.key == key)
            .and_then(|a| a.tunable.clone());
        let tunable = match block {
            Value::Null | Value::Bool(true) => said.unwrap_or_default(),
            block => match serde_json::from_value::<Tunable>(with_value(block)) {
                Ok(tunable) => tunable,
                Err(e) => {
                    findings.problem(
                        Problem::at(origin, format!("the range of `{name}` cannot be read: {e}"))
                            .hint("write {min: 1.0e-5, max: 0.1, log: true}, or {list: [1, 2, 3]}"),
                    );
                    continue;
                }
            },
        };
        insert(&mut space, name.clone(), &tunable, schema, origin, findings);
    }
    space
}

/// A block under `search.parameters` says only what is explored.
fn with_value(block: Value) -> Value {
    match block {
        Value::Object(mut map) => {
            map.entry("value").or_insert(Value::Null);
            Value::Object(map)
        }
        Value::Array(list) => serde_json::json!({"value": null, "list": list}),
        other => other,
    }
}

fn insert(
    space: &mut BTreeMap<String, Tunable>,
    name: String,
    tunable: &Tunable,
    schema: &ParamSchema,
    origin: &Origin,
    findings: &mut Findings,
) {
    let tunable = tunable.completed(schema);
    match tunable.check(schema) {
        Ok(()) => {
            space.insert(name, tunable);
        }
        Err(e) => findings.problem(
            Problem::at(
                origin,
                format!("a search cannot explore `{name}`: {}", e.message()),
            )
            .hint(e.hint()),
        ),
    }
}

fn schema<'a>(blocks: &'a Blocks<'_>, block: &str, key: &str) -> Option<&'a ParamSchema> {
    let (_, component) = blocks.iter().find(|(name, _)| *name == block)?;
    component.params.iter().find(|p| p.name == key)
}
