//! Attributes of the nodes of a network graph.

use neurotrain_plugin_api::Node;
use serde_json::Value;

/// The name of a parameter.
pub(super) fn parameter(node: &Node, key: &str) -> Result<String, String> {
    optional_parameter(node, key)?.ok_or_else(|| format!("node `{}` names no {key}", node.name))
}

/// The name of a parameter that may be absent.
pub(super) fn optional_parameter(node: &Node, key: &str) -> Result<Option<String>, String> {
    match node.attrs.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => Ok(Some(name.clone())),
        Some(other) => Err(format!("the {key} of node `{}` is {other}", node.name)),
    }
}

/// A number.
pub(super) fn number(node: &Node, key: &str) -> Result<f64, String> {
    let value = node.attrs.get(key).and_then(Value::as_f64);
    value.ok_or_else(|| format!("node `{}` has no number `{key}`", node.name))
}

/// Height and width, given as one number or two.
pub(super) fn pair(node: &Node, key: &str, default: Option<[usize; 2]>) -> Result<[usize; 2], String> {
    let wrong = || format!("node `{}` has no pair `{key}`", node.name);
    let size = |v: &Value| v.as_u64().map(|v| v as usize);
    match (node.attrs.get(key), default) {
        (None | Some(Value::Null), Some(default)) => Ok(default),
        (Some(Value::Array(list)), _) => match list.as_slice() {
            [h, w] => size(h).zip(size(w)).map(|(h, w)| [h, w]).ok_or_else(wrong),
            _ => Err(wrong()),
        },
        (Some(value), _) => size(value).map(|v| [v, v]).ok_or_else(wrong),
        (None, None) => Err(wrong()),
    }
}

/// A shape.
pub(super) fn shape(node: &Node, key: &str) -> Result<Vec<usize>, String> {
    let value = node.attrs.get(key).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|e| format!("node `{}` has no `{key}`: {e}", node.name))
}
