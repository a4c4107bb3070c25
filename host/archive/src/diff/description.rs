//! Differences between texts: configuration, provenance, outcome.

use crate::record::{ConfigRecord, Provenance, RunRecord};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its dotted key.
    pub key: String,
    /// Its value in the first run, as JSON; `None` where it has none.
    pub a: Option<String>,
    /// Its value in the second run.
    pub b: Option<String>,
}

/// Values in force that differ.
pub(super) fn configuration(a: &ConfigRecord, b: &ConfigRecord) -> Vec<Change> {
    changes(&a.resolved, &b.resolved)
}

/// Software, data and figures that may decide a result; not the machine.
pub(super) fn provenance(a: &Provenance, b: &Provenance) -> Vec<Change> {
    changes(&decisive(a), &decisive(b))
}

/// How the runs ended, and counts of what they did.
pub(super) fn outcome(a: &RunRecord, b: &RunRecord) -> Vec<Change> {
    let of = |r: &RunRecord| {
        json!({
            "status": r.status.name(),
            "epochs": r.epochs.len(),
            "layers": Value::from(r.layers.clone()),
            "totals": serde_json::to_value(r.totals).unwrap_or_default(),
        })
    };
    changes(&of(a), &of(b))
}

fn decisive(provenance: &Provenance) -> Value {
    let plugins: BTreeMap<&str, Value> = provenance
        .plugins
        .iter()
        .map(|p| {
            let value = json!({"key": p.key, "name": p.name, "version": p.version, "sha256": p.sha256});
            (p.role.as_str(), value)
        })
        .collect();
    let files: BTreeMap<&str, &str> = provenance
        .dataset
        .files
        .iter()
        .map(|f| (f.name.as_str(), f.sha256.as_str()))
        .collect();
    json!({
        "host": {"version": provenance.host_version, "commit": provenance.host_commit},
        "plugins": plugins,
        "data": {"name": provenance.dataset.name, "variant": provenance.dataset.variant, "files": files},
        "cost_table": provenance.cost_table.as_ref().map(|table| &table.digest),
    })
}

fn changes(a: &Value, b: &Value) -> Vec<Change> {
    let (mut left, mut right) = (BTreeMap::new(), BTreeMap::new());
    flatten("", a, &mut left);
    flatten("", b, &mut right);
    let keys: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    keys.into_iter()
        .filter(|key| left.get(*key) != right.get(*key))
        .map(|key| Change {
            key: key.clone(),
            a: left.get(key).cloned(),
            b: right.get(key).cloned(),
        })
        .collect()
}

/// Single values by their dotted keys; arrays are values.
fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let path = match path {
                    "" => key.clone(),
                    path => format!("{path}.{key}"),
                };
                flatten(&path, value, into);
            }
        }
        Value::Null if path.is_empty() => {}
        value => {
            into.insert(path.to_owned(), value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_by_their_dotted_keys() {
        let found = changes(
            &json!({"trainer": {"lr": 0.1, "tau": null}, "seed": 1}),
            &json!({"trainer": {"lr": 0.2, "tau": null}, "seed": 1, "model": {"sizes": [3]}}),
        );
        let shown: Vec<_> = found
            .iter()
            .map(|c| (c.key.as_str(), c.a.as_deref(), c.b.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [
                ("model.sizes", None, Some("[3]")),
                ("trainer.lr", Some("0.1"), Some("0.2"))
            ]
        );
    }
}
