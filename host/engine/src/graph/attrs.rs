//! Typed reading of node attributes, with errors that name the node.

use super::bad;
use neurotrain_plugin_api::serde_json::{self, Value};
use neurotrain_plugin_api::{Error, Node, Result};

/// Weight standardisation of a synapse: `ŵ = gain (w - mean) / sqrt(ρ Σ (w - mean)² + eps)` per output, with
/// `ρ = n / (n - 1)` when `unbiased`, else 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Standardise {
    pub(crate) gain: f64,
    pub(crate) eps: f64,
    pub(crate) unbiased: bool,
}

/// The attributes of one node.
#[derive(Clone, Copy)]
pub(crate) struct Attrs<'a> {
    node: &'a Node,
}

impl<'a> Attrs<'a> {
    /// Attributes of `node`, of which only `known` may be present.
    pub(crate) fn new(node: &'a Node, known: &[&str]) -> Result<Self> {
        if let Some(key) = node.attrs.keys().find(|k| !known.contains(&k.as_str())) {
            let listed = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
            return Err(bad(
                &node.name,
                format!("unknown attribute `{key}` of a `{}`", node.kind),
            )
            .with_hint(format!("its attributes are: {listed}")));
        }
        Ok(Attrs { node })
    }

    /// The attributes of a node of a plugin's own kind, whatever they are.
    pub(crate) fn any(node: &'a Node) -> Self {
        Attrs { node }
    }

    fn optional(&self, key: &str) -> Option<&'a Value> {
        self.node.attrs.get(key).filter(|v| !v.is_null())
    }

    fn required(&self, key: &str) -> Result<&'a Value> {
        self.optional(key).ok_or_else(|| {
            bad(
                &self.node.name,
                format!("attribute `{key}` of a `{}` is missing", self.node.kind),
            )
        })
    }

    fn wrong(&self, key: &str, wanted: &str, found: &Value) -> Error {
        bad(
            &self.node.name,
            format!("attribute `{key}` must be {wanted}, not `{found}`"),
        )
    }

    /// A name.
    pub(crate) fn text(&self, key: &str) -> Result<&'a str> {
        let value = self.required(key)?;
        value.as_str().ok_or_else(|| self.wrong(key, "a text", value))
    }

    /// A name that may be absent.
    pub(crate) fn text_or_none(&self, key: &str) -> Result<Option<&'a str>> {
        self.optional(key)
            .map(|v| v.as_str().ok_or_else(|| self.wrong(key, "a text", v)))
            .transpose()
    }

    /// A finite number.
    pub(crate) fn number(&self, key: &str) -> Result<f64> {
        let value = self.required(key)?;
        value
            .as_f64()
            .filter(|v| v.is_finite())
            .ok_or_else(|| self.wrong(key, "a finite number", value))
    }

    /// One or two sizes: height and width.
    pub(crate) fn pair(&self, key: &str) -> Result<[usize; 2]> {
        self.pair_of(key, self.required(key)?)
    }

    /// As [`pair`](Attrs::pair), with a default.
    pub(crate) fn pair_or(&self, key: &str, default: [usize; 2]) -> Result<[usize; 2]> {
        self.optional(key).map_or(Ok(default), |v| self.pair_of(key, v))
    }

    fn pair_of(&self, key: &str, value: &Value) -> Result<[usize; 2]> {
        let size = |v: &Value| {
            v.as_u64()
                .and_then(|v| usize::try_from(v).ok())
                .filter(|v| *v < 1 << 20)
        };
        let pair = match value {
            Value::Array(list) => match list.as_slice() {
                [h, w] => size(h).zip(size(w)).map(|(h, w)| [h, w]),
                _ => None,
            },
            one => size(one).map(|v| [v, v]),
        };
        pair.ok_or_else(|| self.wrong(key, "a size or two sizes", value))
    }

    /// A shape of positive lengths.
    pub(crate) fn shape(&self, key: &str) -> Result<Vec<usize>> {
        let value = self.required(key)?;
        self.shape_of(key, value)
    }

    /// As [`shape`](Attrs::shape), when present.
    pub(crate) fn shape_or_none(&self, key: &str) -> Result<Option<Vec<usize>>> {
        self.optional(key).map(|v| self.shape_of(key, v)).transpose()
    }

    fn shape_of(&self, key: &str, value: &Value) -> Result<Vec<usize>> {
        let shape: Option<Vec<usize>> = value.as_array().and_then(|list| {
            list.iter()
                .map(|v| {
                    v.as_u64()
                        .and_then(|v| usize::try_from(v).ok())
                        .filter(|v| *v > 0)
                })
                .collect()
        });
        shape
            .filter(|s| !s.is_empty() && s.len() <= 6)
            .ok_or_else(|| self.wrong(key, "a list of one to six positive sizes", value))
    }

    /// The optional attribute `standardise`.
    pub(crate) fn standardise(&self) -> Result<Option<Standardise>> {
        let Some(value) = self.optional("standardise") else {
            return Ok(None);
        };
        let wanted = "`{gain, eps, unbiased}`";
        let Value::Object(map) = value else {
            return Err(self.wrong("standardise", wanted, value));
        };
        if map
            .keys()
            .any(|k| !["gain", "eps", "unbiased"].contains(&k.as_str()))
        {
            return Err(self.wrong("standardise", wanted, value));
        }
        let number = |key: &str, default: f64| match map.get(key) {
            None => Ok(default),
            Some(v) => v
                .as_f64()
                .filter(|v| v.is_finite())
                .ok_or_else(|| self.wrong("standardise", wanted, value)),
        };
        let (gain, eps) = (number("gain", 1.0)?, number("eps", 1e-4)?);
        if eps <= 0.0 {
            return Err(self.wrong("standardise", "given a positive `eps`", value));
        }
        let unbiased = match map.get("unbiased") {
            None => true,
            Some(v) => v
                .as_bool()
                .ok_or_else(|| self.wrong("standardise", wanted, value))?,
        };
        Ok(Some(Standardise { gain, eps, unbiased }))
    }

    /// All attributes as one structure.
    pub(crate) fn all<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_value(Value::Object(self.node.attrs.clone())).map_err(|e| {
            bad(
                &self.node.name,
                format!("attributes of a `{}`: {e}", self.node.kind),
            )
        })
    }
}
