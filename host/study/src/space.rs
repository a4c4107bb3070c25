//! The parameters of a study.

use crate::distribution::Distribution;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The parameters of a study by name, for instance `trainer.lr`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Space(BTreeMap<String, Distribution>);

impl Space {
    /// A space without parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter, or replaces the one of that name.
    pub fn insert(&mut self, name: impl Into<String>, range: Distribution) {
        self.0.insert(name.into(), range);
    }

    /// The range of a parameter.
    pub fn get(&self, name: &str) -> Option<&Distribution> {
        self.0.get(name)
    }

    /// The parameters in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Distribution)> {
        self.0.iter().map(|(name, range)| (name.as_str(), range))
    }

    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges by name, each in Optuna's description.
    pub(crate) fn to_json(&self) -> Value {
        let ranges = self
            .iter()
            .map(|(name, range)| (name.to_owned(), range.to_json()));
        Value::Object(ranges.collect::<Map<_, _>>())
    }

    /// What differs from the space that [`to_json`](Self::to_json) described, one phrase per parameter.
    pub(crate) fn differences(&self, recorded: &Value) -> Vec<String> {
        let mut found = Vec::new();
        for (name, range) in self.iter() {
            match recorded.get(name) {
                None => found.push(format!("`{name}` is new")),
                Some(old) => match Distribution::from_json(old) {
                    Ok(old) if old == *range => {}
                    _ => found.push(format!(
                        "`{name}` was {}, is {}",
                        old["attributes"],
                        range.to_json()["attributes"]
                    )),
                },
            }
        }
        let gone = recorded.as_object().into_iter().flat_map(Map::keys);
        found.extend(
            gone.filter(|name| self.get(name).is_none())
                .map(|name| format!("`{name}` is gone")),
        );
        found
    }
}

impl<N: Into<String>> FromIterator<(N, Distribution)> for Space {
    fn from_iter<I: IntoIterator<Item = (N, Distribution)>>(ranges: I) -> Self {
        Space(
            ranges
                .into_iter()
                .map(|(name, range)| (name.into(), range))
                .collect(),
        )
    }
}
