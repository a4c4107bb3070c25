//! Ranges that a search explores.

use neurotrain_plugin_api::{Error, ParamSchema, Result};
use neurotrain_study::Distribution;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The type of a value that is not explored whatever else its block says.
pub(crate) const FIXED: &str = "fixed";

/// A tunable block: a value and the range a search explores.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tunable {
    /// Value without a search.
    pub value: Value,
    /// `float`, `int`, `categorical` or `fixed`; none where the manifest decides.
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

/// The range that a manifest declares for a parameter which searches explore by default.
pub(crate) fn from_manifest(schema: &ParamSchema) -> Option<Tunable> {
    schema.tunable.then(|| declared(schema))
}

/// Everything that a manifest says about the range of a parameter.
fn declared(schema: &ParamSchema) -> Tunable {
    let (kind, list) = match schema.kind.as_str() {
        "float" => (Some("float"), None),
        "int" => (Some("int"), None),
        "bool" => (
            Some("categorical"),
            Some(vec![Value::Bool(false), Value::Bool(true)]),
        ),
        "choice" => (Some("categorical"), Some(schema.choices.clone())),
        _ => (None, None),
    };
    let (min, max) = schema
        .search
        .map_or((schema.min, schema.max), |(min, max)| (Some(min), Some(max)));
    Tunable {
        value: schema.default.clone(),
        kind: kind.map(str::to_owned),
        min,
        max,
        log: schema.log,
        step: schema.step,
        list,
    }
}

impl Tunable {
    /// Whether the block leaves the value to a search.
    pub(crate) fn is_open(&self) -> bool {
        match self.kind.as_deref() {
            Some(FIXED) => false,
            Some(_) => true,
            None => self.min.is_some() || self.max.is_some() || self.list.is_some(),
        }
    }

    /// The block with what it leaves open taken from the manifest.
    pub(crate) fn completed(&self, schema: &ParamSchema) -> Tunable {
        let declared = declared(schema);
        let kind = self.kind.clone().or_else(|| {
            if self.list.is_some() {
                Some("categorical".to_owned())
            } else {
                declared.kind.clone()
            }
        });
        // What a manifest says of a number does not matter for a list of values.
        if kind.as_deref() == Some("categorical") {
            let list = self.list.clone().or(declared.list);
            return Tunable {
                kind,
                list,
                min: None,
                max: None,
                log: false,
                step: None,
                value: self.value.clone(),
            };
        }
        let own = self.min.is_some() || self.max.is_some();
        Tunable {
            value: self.value.clone(),
            kind,
            min: self.min.or(declared.min),
            max: self.max.or(declared.max),
            // A scale belongs to its range.
            log: self.log || (!own && declared.log),
            step: self.step.or(if own { None } else { declared.step }),
            list: None,
        }
    }

    /// What a search draws from.
    ///
    /// # Errors
    /// If the block lacks a range, or holds values that its parameter refuses.
    pub fn distribution(&self) -> Result<Distribution> {
        let lacking = |what: &str| Error::new("bad-config", format!("a tunable parameter needs {what}"));
        match self.kind.as_deref() {
            Some("categorical") => {
                let list = self.list.clone().filter(|l| !l.is_empty());
                Distribution::categorical(list.ok_or_else(|| lacking("a `list` of values"))?)
            }
            Some("int") => {
                let (min, max) = self.bounds()?;
                let whole = |v: f64| {
                    if v.fract() == 0.0 && v.abs() < 9e15 {
                        Ok(v as i64)
                    } else {
                        Err(Error::new(
                            "bad-config",
                            format!("{v} is no whole number, which type int needs"),
                        ))
                    }
                };
                let step = self.step.map_or(Ok(1), whole)?;
                Distribution::int(whole(min)?, whole(max)?, self.log, step)
            }
            Some("float") => {
                let (min, max) = self.bounds()?;
                Distribution::float(min, max, self.log, self.step)
            }
            _ => Err(lacking("a `type`: float, int or categorical")),
        }
    }

    fn bounds(&self) -> Result<(f64, f64)> {
        self.min.zip(self.max).ok_or_else(|| {
            Error::new("bad-config", "a tunable parameter needs `min` and `max`")
                .with_hint("its manifest declares no range to take instead")
        })
    }

    /// What a search could draw and the parameter would refuse.
    pub(crate) fn check(&self, schema: &ParamSchema) -> Result<()> {
        let distribution = self.distribution()?;
        match &distribution {
            Distribution::Categorical { choices } => {
                choices.iter().try_for_each(|choice| schema.check(choice))
            }
            Distribution::Int { low, high, .. } => [low, high]
                .into_iter()
                .try_for_each(|end| schema.check(&Value::from(*end))),
            Distribution::Float { low, high, .. } => [low, high]
                .into_iter()
                .try_for_each(|end| schema.check(&Value::from(*end))),
        }
    }
}

impl fmt::Display for Tunable {
    /// `1e-5 to 0.1, logarithmic`, or the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(list) = &self.list {
            let words: Vec<String> = list.iter().map(ToString::to_string).collect();
            return write!(f, "one of {}", words.join(", "));
        }
        let bound = |bound: Option<f64>| bound.map_or_else(|| "?".to_owned(), |v| format!("{v:?}"));
        write!(f, "{} to {}", bound(self.min), bound(self.max))?;
        if let Some(step) = self.step {
            write!(f, " by {step:?}")?;
        }
        if self.log {
            write!(f, ", logarithmic")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lr() -> ParamSchema {
        ParamSchema::float("lr", 1e-3, "learning rate")
            .range(0.0, 1.0)
            .search(1e-5, 1e-1)
            .log()
    }

    #[test]
    fn a_manifest_gives_the_range() {
        let tunable = from_manifest(&lr()).unwrap();
        assert_eq!(
            tunable.distribution().unwrap(),
            Distribution::Float {
                low: 1e-5,
                high: 1e-1,
                log: true,
                step: None
            }
        );
        assert!(from_manifest(&ParamSchema::float("x", 0.0, "")).is_none());
    }

    #[test]
    fn a_block_keeps_what_it_says_and_takes_the_rest() {
        let block = Tunable {
            max: Some(0.5),
            ..Tunable::default()
        };
        let whole = block.completed(&lr());
        assert_eq!((whole.min, whole.max, whole.log), (Some(1e-5), Some(0.5), false));
        let words = Tunable {
            list: Some(vec![1.0.into(), 0.5.into()]),
            ..Tunable::default()
        };
        assert_eq!(words.completed(&lr()).kind.as_deref(), Some("categorical"));
    }

    #[test]
    fn what_the_parameter_refuses_is_refused_before_the_search() {
        let wide = Tunable {
            min: Some(0.1),
            max: Some(2.0),
            ..Tunable::default()
        }
        .completed(&lr());
        assert!(
            wide.check(&lr()).unwrap_err().message().contains("must be"),
            "{wide:?}"
        );
        let broken = Tunable {
            kind: Some("int".to_owned()),
            min: Some(0.5),
            max: Some(2.0),
            ..Tunable::default()
        };
        assert!(broken.distribution().is_err());
        assert!(Tunable::default().distribution().is_err());
    }
}
