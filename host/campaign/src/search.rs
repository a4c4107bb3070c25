//! Search blocks: read and kept until there is a search.

use serde::{Deserialize, Serialize};
use serde_json::Value;
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
