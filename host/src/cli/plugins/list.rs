//! What is installed.

use crate::output::table;
use neurotrain_discovery::{Found, Registry};
use neurotrain_plugin_api::Result;
use serde_json::{Value, json};

const KINDS: [(&str, &str); 3] = [("trainer", "rule"), ("model", "network"), ("dataset", "data set")];

/// A table of all components, and how many files cannot be used.
pub(super) fn text(registry: &Registry) -> String {
    let rows: Vec<Vec<String>> = KINDS
        .iter()
        .flat_map(|(kind, noun)| {
            registry
                .components(kind)
                .into_iter()
                .map(|found| row(noun, &found))
        })
        .collect();
    let mut out = if rows.is_empty() {
        "No plugin can be used. `neurotrain plugins doctor` says where they are looked for.".to_owned()
    } else {
        table(&["kind", "key", "version", "name", "networks"], rows)
    };
    let unusable = registry
        .plugins
        .iter()
        .filter(|plugin| !plugin.is_ok() && !plugin.is_foreign())
        .count();
    if unusable > 0 {
        let files = if unusable == 1 {
            "1 file".to_owned()
        } else {
            format!("{unusable} files")
        };
        out.push_str(&format!(
            "\n{files} cannot be used: `neurotrain plugins doctor` says why."
        ));
    }
    out
}

fn row(noun: &str, found: &Found<'_>) -> Vec<String> {
    let component = found.component;
    vec![
        noun.to_owned(),
        component.key.clone(),
        component.version.clone(),
        component.name.clone(),
        component.network_types.join(", "),
    ]
}

/// All components with their manifests and files.
pub(super) fn json(registry: &Registry) -> Result<String> {
    let components: Vec<Value> = KINDS
        .iter()
        .flat_map(|(kind, _)| registry.components(kind))
        .map(|found| json!({"component": found.component, "file": found.plugin.path, "sha256": found.plugin.sha256}))
        .collect();
    Ok(serde_json::to_string_pretty(&components)?)
}
