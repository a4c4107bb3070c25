//! Typed parameter schemas, and configurations checked against them.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A parameter of a component: type, default, range and help.
///
/// ```
/// use neurotrain_plugin_api::ParamSchema;
/// let lr = ParamSchema::float("lr", 1e-3, "learning rate").range(1e-5, 1e-1).log().tunable();
/// assert!(lr.check(&serde_json::json!(0.01)).is_ok());
/// assert!(lr.check(&serde_json::json!("fast")).is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParamSchema {
    /// Name.
    pub name: String,
    /// `float`, `int`, `bool`, `choice`, `text`, `float_list` or `int_list`.
    pub kind: String,
    /// Value when nothing is configured; null where absence means something.
    pub default: Value,
    /// Least value that makes sense.
    pub min: Option<f64>,
    /// Greatest value that makes sense.
    pub max: Option<f64>,
    /// Range explored by a search, where narrower than what is allowed.
    pub search: Option<(f64, f64)>,
    /// Whether a search explores it on a logarithmic scale.
    pub log: bool,
    /// Grid of an integer or float parameter in a search.
    pub step: Option<f64>,
    /// Allowed values of a choice.
    pub choices: Vec<Value>,
    /// Whether a search explores it by default.
    pub tunable: bool,
    /// Whether null is allowed.
    pub nullable: bool,
    /// One sentence.
    pub help: String,
}

impl ParamSchema {
    fn new(name: &str, kind: &str, default: Value, help: &str) -> Self {
        ParamSchema {
            name: name.to_owned(),
            kind: kind.to_owned(),
            default,
            help: help.to_owned(),
            ..ParamSchema::default()
        }
    }

    /// A real number.
    pub fn float(name: &str, default: f64, help: &str) -> Self {
        Self::new(name, "float", Value::from(default), help)
    }

    /// A whole number.
    pub fn int(name: &str, default: i64, help: &str) -> Self {
        Self::new(name, "int", Value::from(default), help)
    }

    /// True or false.
    pub fn bool(name: &str, default: bool, help: &str) -> Self {
        Self::new(name, "bool", Value::from(default), help)
    }

    /// One of a few words.
    pub fn choice(name: &str, default: &str, choices: &[&str], help: &str) -> Self {
        let mut schema = Self::new(name, "choice", Value::from(default), help);
        schema.choices = choices.iter().map(|c| Value::from(*c)).collect();
        schema
    }

    /// A text.
    pub fn text(name: &str, default: &str, help: &str) -> Self {
        Self::new(name, "text", Value::from(default), help)
    }

    /// A whole number of at least 1, or one of a few words. Read it with [`Config::get`].
    pub fn count_or(name: &str, default: &str, choices: &[&str], help: &str) -> Self {
        let mut schema = Self::choice(name, default, choices, help);
        "count_or_choice".clone_into(&mut schema.kind);
        schema.min = Some(1.0);
        schema
    }

    /// A list of whole numbers.
    pub fn int_list(name: &str, default: &[i64], help: &str) -> Self {
        Self::new(name, "int_list", Value::from(default.to_vec()), help)
    }

    /// A list of real numbers.
    pub fn float_list(name: &str, default: &[f64], help: &str) -> Self {
        Self::new(name, "float_list", Value::from(default.to_vec()), help)
    }

    /// Allowed range, both ends included.
    #[must_use]
    pub fn range(mut self, min: f64, max: f64) -> Self {
        (self.min, self.max) = (Some(min), Some(max));
        self
    }

    /// Allowed from `min` on.
    #[must_use]
    pub fn at_least(mut self, min: f64) -> Self {
        self.min = Some(min);
        self
    }

    /// Range a search explores.
    #[must_use]
    pub fn search(mut self, low: f64, high: f64) -> Self {
        self.search = Some((low, high));
        self.tunable = true;
        self
    }

    /// Explored on a logarithmic scale.
    #[must_use]
    pub fn log(mut self) -> Self {
        self.log = true;
        self
    }

    /// Explored by a search unless told otherwise.
    #[must_use]
    pub fn tunable(mut self) -> Self {
        self.tunable = true;
        self
    }

    /// Null is allowed, and is the default.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self.default = Value::Null;
        self
    }

    /// Why `value` is not acceptable; the message names the parameter, what was given and what is allowed.
    pub fn check(&self, value: &Value) -> Result<()> {
        let fault = |wanted: String| {
            Err(Error::new(
                "bad-config",
                format!("`{}` is {value}, but must be {wanted}", self.name),
            ))
        };
        if value.is_null() {
            return if self.nullable || self.default.is_null() {
                Ok(())
            } else {
                fault(format!("{} (null is not allowed)", self.wanted()))
            };
        }
        let fits = match self.kind.as_str() {
            "float" => value.as_f64().is_some_and(|v| v.is_finite() && self.within(v)),
            "int" => whole(value).is_some_and(|v| self.within(v as f64)),
            "bool" => value.is_boolean(),
            "choice" => self.choices.contains(value),
            "count_or_choice" => {
                self.choices.contains(value) || whole(value).is_some_and(|v| self.within(v as f64))
            }
            "text" => value.is_string(),
            "int_list" => value.as_array().is_some_and(|list| {
                list.iter()
                    .all(|v| whole(v).is_some_and(|v| self.within(v as f64)))
            }),
            "float_list" => value
                .as_array()
                .is_some_and(|list| list.iter().all(|v| v.as_f64().is_some_and(|v| self.within(v)))),
            _ => true,
        };
        if fits { Ok(()) } else { fault(self.wanted()) }
    }

    fn within(&self, v: f64) -> bool {
        self.min.is_none_or(|min| v >= min) && self.max.is_none_or(|max| v <= max)
    }

    fn wanted(&self) -> String {
        let noun = match self.kind.as_str() {
            "float" => "a number",
            "int" => "a whole number",
            "bool" => "true or false",
            "text" => "a text",
            "int_list" => "a list of whole numbers",
            "float_list" => "a list of numbers",
            "choice" => {
                let list: Vec<String> = self.choices.iter().map(ToString::to_string).collect();
                return format!("one of {}", list.join(", "));
            }
            "count_or_choice" => {
                let list: Vec<String> = self.choices.iter().map(ToString::to_string).collect();
                return format!("a whole number of at least 1, or one of {}", list.join(", "));
            }
            other => other,
        };
        match (self.min, self.max) {
            (Some(a), Some(b)) => format!("{noun} from {a} to {b}"),
            (Some(a), None) => format!("{noun} of at least {a}"),
            (None, Some(b)) => format!("{noun} of at most {b}"),
            (None, None) => noun.to_owned(),
        }
    }
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        value
            .as_f64()
            .filter(|v| v.fract() == 0.0 && v.abs() < 9e15)
            .map(|v| v as i64)
    })
}

/// The configuration of a component: the host has checked it against the schema and filled in defaults.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    values: Map<String, Value>,
}

impl Config {
    /// From a JSON object.
    pub fn from_json(text: &str) -> Result<Self> {
        Ok(Config {
            values: serde_json::from_str(text)?,
        })
    }

    /// The defaults of a schema.
    pub fn defaults(schema: &[ParamSchema]) -> Self {
        Config {
            values: schema
                .iter()
                .map(|p| (p.name.clone(), p.default.clone()))
                .collect(),
        }
    }

    /// The raw value.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key).filter(|v| !v.is_null())
    }

    /// Sets a value.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.values.insert(key.to_owned(), value.into());
    }

    /// As JSON text.
    pub fn to_json(&self) -> String {
        Value::Object(self.values.clone()).to_string()
    }

    fn need<'a, T>(&'a self, key: &str, wanted: &str, read: impl Fn(&'a Value) -> Option<T>) -> Result<T> {
        let value = self.get(key).ok_or_else(|| {
            Error::new(
                "bad-config",
                format!("`{key}` is not configured and has no default"),
            )
        })?;
        read(value)
            .ok_or_else(|| Error::new("bad-config", format!("`{key}` is {value}, but must be {wanted}")))
    }

    /// A real number.
    pub fn f64(&self, key: &str) -> Result<f64> {
        self.need(key, "a number", Value::as_f64)
    }

    /// A real number, absent when null.
    pub fn f64_opt(&self, key: &str) -> Result<Option<f64>> {
        self.get(key).map(|_| self.f64(key)).transpose()
    }

    /// A whole number.
    pub fn int(&self, key: &str) -> Result<i64> {
        self.need(key, "a whole number", whole)
    }

    /// A size: a whole number that is not negative.
    pub fn usize(&self, key: &str) -> Result<usize> {
        self.need(key, "a whole number of at least 0", |v| {
            whole(v).and_then(|v| usize::try_from(v).ok())
        })
    }

    /// True or false.
    pub fn bool(&self, key: &str) -> Result<bool> {
        self.need(key, "true or false", Value::as_bool)
    }

    /// A text.
    pub fn text(&self, key: &str) -> Result<&str> {
        self.need(key, "a text", Value::as_str)
    }

    /// A list of reals.
    pub fn f64s(&self, key: &str) -> Result<Vec<f64>> {
        self.need(key, "a list of numbers", |v| {
            v.as_array()?.iter().map(Value::as_f64).collect()
        })
    }

    /// A list of sizes.
    pub fn usizes(&self, key: &str) -> Result<Vec<usize>> {
        self.need(key, "a list of whole numbers", |v| {
            v.as_array()?
                .iter()
                .map(|v| whole(v).and_then(|v| usize::try_from(v).ok()))
                .collect()
        })
    }
}
