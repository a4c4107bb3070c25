//! The block `search`, or `optuna` as NeuroTrain writes it.

use crate::document::Cursor;
use crate::problem::Findings;
use crate::{reference, suggest};
use neurotrain_study::{Direction, Pruner, Sampler};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// Keys of the block, and what each must be.
const KEYS: [&str; 11] = [
    "trials",
    "n_trials",
    "metric",
    "direction",
    "sampler",
    "pruner",
    "timeout",
    "seed",
    "defaults_first",
    "parameters",
    "storage",
];

/// How a search explores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchSettings {
    /// Trials, those that are pruned or fail among them.
    #[serde(alias = "n_trials")]
    pub trials: u64,
    /// What is compared, of the epoch whose weights a trial keeps.
    pub metric: Option<Metric>,
    /// How suggestions are made: a name, or a mapping with the name and settings.
    pub sampler: Value,
    /// How hopeless trials are ended: a name, or a mapping with the name and settings.
    pub pruner: Value,
    /// No trial is begun after so many seconds of the search; none for no limit.
    pub timeout: Option<f64>,
    /// Seed of suggestions, and of every trial's training; none for the first seed of the experiment.
    pub seed: Option<u64>,
    /// Whether the first trial has the configured values; none if the protocol decides (yes, unless it is
    /// NeuroTrain's).
    pub defaults_first: Option<bool>,
}

impl Default for SearchSettings {
    fn default() -> Self {
        SearchSettings {
            trials: 10,
            metric: None,
            sampler: Value::from("tpe"),
            pruner: Value::from("none"),
            timeout: None,
            seed: None,
            defaults_first: None,
        }
    }
}

/// What a search compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Accuracy on the validation split.
    ValidationAccuracy,
    /// Loss on the validation split.
    ValidationLoss,
    /// Accuracy on the test split: NeuroTrain's way, refused by the honest protocol.
    TestAccuracy,
}

impl Metric {
    /// Names as they are written.
    pub const NAMES: [&'static str; 3] = ["validation_accuracy", "validation_loss", "test_accuracy"];

    /// Its name as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Metric::ValidationAccuracy => Self::NAMES[0],
            Metric::ValidationLoss => Self::NAMES[1],
            Metric::TestAccuracy => Self::NAMES[2],
        }
    }

    /// Whether more or less is better.
    pub fn direction(self) -> Direction {
        match self {
            Metric::ValidationLoss => Direction::Minimize,
            Metric::ValidationAccuracy | Metric::TestAccuracy => Direction::Maximize,
        }
    }
}

/// Reports what is wrong with a block, each fault at its place.
pub(crate) fn check(block: &Cursor<'_>, findings: &mut Findings) {
    let mut said = Map::new();
    for (key, value) in block.entries() {
        if !KEYS.contains(&key) {
            let problem = value.problem(format!("unknown setting `{key}` of a search"));
            findings.problem(problem.hint(suggest::hint(key, KEYS)));
            continue;
        }
        if key == "storage" && !value.value().is_null() {
            findings.warn(format!(
                "{}: `storage` has no effect: a study is an Optuna journal in the folder of the campaign",
                value.origin()
            ));
        }
        if let Err((wrong, hint)) = fits(key, value.value()) {
            findings.problem(value.problem(wrong).hint(hint));
        }
        said.insert(key.to_owned(), value.value().clone());
    }
    contradictory(block, &said, findings);
}

/// A metric that is to be minimised cannot be one of which more is better.
fn contradictory(block: &Cursor<'_>, said: &Map<String, Value>, findings: &mut Findings) {
    let metric = said
        .get("metric")
        .and_then(|m| serde_json::from_value::<Metric>(m.clone()).ok())
        .unwrap_or(Metric::ValidationAccuracy);
    let wanted = match said.get("direction").and_then(Value::as_str) {
        Some("maximize") => Direction::Maximize,
        Some("minimize") => Direction::Minimize,
        _ => return,
    };
    if metric.direction() != wanted {
        let place = block.get("direction").unwrap_or_else(|| block.clone());
        findings.problem(
            place
                .problem(format!(
                    "the direction does not fit the metric, {}",
                    metric.name()
                ))
                .hint("leave `direction` out: it follows from `metric`"),
        );
    }
}

/// What is wrong with a value, and what to do.
fn fits(key: &str, value: &Value) -> Result<(), (String, String)> {
    let must = |what: &str| (format!("`{key}` is {value}, but must be {what}"), String::new());
    let right = |right: bool, what: &str| if right { Ok(()) } else { Err(must(what)) };
    let positive = |v: &Value| v.as_f64().is_some_and(|v| v > 0.0);
    match key {
        "trials" | "n_trials" => right(
            value.as_u64().is_some_and(|n| n > 0),
            "a whole number of at least 1",
        ),
        "metric" => right(
            value.as_str().is_some_and(|m| Metric::NAMES.contains(&m)),
            &format!("one of {}", Metric::NAMES.join(", ")),
        ),
        "direction" => right(
            matches!(value.as_str(), Some("maximize" | "minimize")),
            "maximize or minimize",
        ),
        "timeout" => right(value.is_null() || positive(value), "seconds, or null"),
        "seed" => right(value.is_null() || value.is_u64(), "a whole number"),
        "defaults_first" => right(value.is_null() || value.is_boolean(), "true or false"),
        "sampler" => explained(Sampler::read(value)),
        "pruner" => explained(Pruner::read(&reference::pruner(value))),
        "parameters" => right(
            value.is_object() || value.is_array(),
            "a list of names, for instance [trainer.lr], or a mapping from names to ranges",
        ),
        _ => Ok(()),
    }
}

fn explained<T>(read: neurotrain_plugin_api::Result<T>) -> Result<(), (String, String)> {
    read.map(drop)
        .map_err(|e| (e.message().to_owned(), e.hint().to_owned()))
}

impl fmt::Display for SearchSettings {
    /// `30 trials by tpe, pruned by median, for validation_accuracy`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |block: &Value| match block {
            Value::Object(map) => {
                let name = map.get("name").or_else(|| map.get("type"));
                name.and_then(Value::as_str).unwrap_or("?").to_owned()
            }
            Value::String(text) => text.clone(),
            _ => "none".to_owned(),
        };
        write!(f, "{} trials by {}", self.trials, name(&self.sampler))?;
        match name(&self.pruner).as_str() {
            "none" => {}
            pruner => write!(f, ", pruned by {pruner}")?,
        }
        match self.metric {
            Some(metric) => write!(f, ", for {}", metric.name()),
            None => Ok(()),
        }
    }
}
