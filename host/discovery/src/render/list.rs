//! `plugins list`.

use super::words::{count, plugin_name, reason, table};
use crate::registry::{Found, Registry, Status};
use serde_json::{Value, json};
use std::fmt::Write;

const KINDS: [&str; 3] = ["trainer", "model", "dataset"];

/// The usable components, as a table; with `all`, also every file that is not used, and why.
pub fn list(registry: &Registry, all: bool, width: Option<u16>) -> String {
    let found = components(registry);
    let mut text = String::new();
    if found.is_empty() {
        text.push_str(
            "No plugin can be used. `neurotrain plugins doctor` shows where plugins are looked for.\n",
        );
    } else {
        let mut table = table(
            &["kind", "key", "what it is", "networks", "plugin", "from"],
            width,
        );
        for Found { plugin, component } in &found {
            table.add_row([
                component.kind.clone(),
                component.key.clone(),
                if component.summary.is_empty() {
                    component.name.clone()
                } else {
                    component.summary.clone()
                },
                component.network_types.join(", "),
                plugin_name(plugin),
                plugin.origin.to_string(),
            ]);
        }
        let _ = writeln!(text, "{table}");
    }
    text.push_str(&if all { unused(registry) } else { summary(registry) });
    for warning in &registry.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    text
}

/// The same as JSON: `components`, `unused` (files with their reasons), `shadowed`, `duplicates`, `warnings`.
pub fn list_json(registry: &Registry) -> Value {
    let components: Vec<Value> = components(registry)
        .into_iter()
        .map(|Found { plugin, component }| {
            json!({
                "kind": component.kind,
                "key": component.key,
                "name": component.name,
                "summary": component.summary,
                "network_types": component.network_types,
                "plugin": plugin.identity.as_ref().map(|identity| &identity.name),
                "version": plugin.identity.as_ref().map(|identity| &identity.version),
                "file": plugin.path,
                "sha256": plugin.sha256,
                "origin": plugin.origin,
            })
        })
        .collect();
    let unused: Vec<_> = registry.plugins.iter().filter(|plugin| !plugin.is_ok()).collect();
    json!({
        "components": components,
        "unused": unused,
        "shadowed": registry.shadowed,
        "duplicates": registry.duplicates,
        "warnings": registry.warnings,
    })
}

// Known kinds first, then those of later versions, each sorted by key.
fn components(registry: &Registry) -> Vec<Found<'_>> {
    let offered = registry
        .plugins
        .iter()
        .filter_map(|plugin| plugin.manifest.as_ref());
    let mut kinds: Vec<&str> = KINDS.to_vec();
    for component in offered.flat_map(|manifest| &manifest.components) {
        if !kinds.contains(&component.kind.as_str()) {
            kinds.push(&component.kind);
        }
    }
    let sorted = |kind: &&str| {
        let mut found = registry.components(kind);
        found.sort_by_key(|found| found.component.key.to_lowercase());
        found
    };
    kinds.iter().flat_map(sorted).collect()
}

fn unused(registry: &Registry) -> String {
    let mut text = String::new();
    for plugin in registry.plugins.iter().filter(|plugin| !plugin.is_ok()) {
        let verdict = match &plugin.status {
            Status::Quarantined(_) => "quarantined",
            _ if plugin.is_foreign() => "not a plugin",
            _ => "refused",
        };
        let _ = writeln!(text, "{verdict}: {}", plugin.path.display());
        if let Some(refusal) = plugin.status.refusal().filter(|_| !plugin.is_foreign()) {
            text.push_str(&reason(refusal, "    "));
        }
    }
    for shadowed in &registry.shadowed {
        let same = if shadowed.identical {
            ", a copy of the same file"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "shadowed: `{}` of {} is not used, since {} comes first{same}",
            shadowed.component,
            shadowed.ignored.display(),
            shadowed.used.display()
        );
    }
    for duplicate in &registry.duplicates {
        let _ = writeln!(text, "found again: {}", duplicate.path.display());
    }
    text
}

fn summary(registry: &Registry) -> String {
    let quarantined = registry
        .plugins
        .iter()
        .filter(|p| matches!(p.status, Status::Quarantined(_)))
        .count();
    let refused = registry
        .plugins
        .iter()
        .filter(|p| !p.is_ok() && !p.is_foreign())
        .count()
        - quarantined;
    let parts: Vec<String> = [
        (refused, count(refused, "refused file")),
        (quarantined, count(quarantined, "quarantined file")),
        (
            registry.shadowed.len(),
            count(registry.shadowed.len(), "shadowed component"),
        ),
    ]
    .into_iter()
    .filter_map(|(n, text)| (n > 0).then_some(text))
    .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!(
        "Not shown: {}; `neurotrain plugins list --all` says why.\n",
        parts.join(", ")
    )
}
