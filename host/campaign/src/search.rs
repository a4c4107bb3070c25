//! Search blocks: read and kept until there is a search.

use crate::layers::Assignment;
use crate::statement::SearchStatement;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a search would explore.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// Whether the campaign asks for a search (`opt: true`).
    pub wanted: bool,
    /// The settings of the search (`optuna` or `search` block), as written.
    pub settings: Value,
    /// Tunable parameters by dotted name, for instance `trainer.lr`.
    pub space: BTreeMap<String, Tunable>,
}

/// A tunable block: a value and the range a search explores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tunable {
    /// Value without a search.
    pub value: Value,
    /// `float`, `int` or `categorical`; none where the value is fixed.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Least value.
    pub min: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// Logarithmic scale.
    #[serde(default)]
    pub log: bool,
    /// Grid.
    pub step: Option<f64>,
    /// Values of a categorical.
    pub list: Option<Vec<Value>>,
}

/// What a search would explore; the last word on a parameter decides whether it is tunable.
pub(crate) fn gather(
    said: &[SearchStatement],
    experiment: Option<&str>,
    assignments: &mut [Assignment],
) -> Option<Search> {
    assignments.sort_by_key(|a| a.rank);
    let mut search = Search::default();
    for assignment in assignments.iter() {
        let name = format!("{}.{}", assignment.block, assignment.key);
        match &assignment.tunable {
            Some(tunable) if tunable.kind.is_some() => search.space.insert(name, tunable.clone()),
            _ => search.space.remove(&name),
        };
    }
    let mut settings = Map::new();
    for statement in said {
        if statement.experiment.is_some() && statement.experiment.as_deref() != experiment {
            continue;
        }
        search.wanted = statement.wanted.unwrap_or(search.wanted);
        if let Some(Value::Object(said)) = &statement.settings {
            settings.extend(said.clone());
        }
    }
    let mentioned = search.wanted || !search.space.is_empty() || !settings.is_empty();
    search.settings = Value::Object(settings);
    mentioned.then_some(search)
}
