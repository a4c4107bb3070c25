//! `plugins doctor`.

use super::words::{count, plugin_name, reason};
use crate::machine::Machine;
use crate::registry::{PluginEntry, Registry, Status};
use crate::search::PlaceState;
use neurotrain_plugin_api::abi::{API_MAJOR, API_MINOR};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Where plugins are looked for, what each file is, where verdicts are kept, and what to do now.
pub fn doctor(registry: &Registry) -> String {
    let mut text = host();
    text.push_str(&search_path(registry));
    text.push_str(&files(registry));
    text.push_str(&hidden(registry));
    text.push_str(&cache(registry));
    for warning in &registry.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    text.push_str(&advice(registry));
    text
}

/// The same as JSON: the whole registry, with `host` and `advice`.
pub fn doctor_json(registry: &Registry) -> Value {
    let machine = Machine::current();
    let mut value = serde_json::to_value(registry).unwrap_or_default();
    value["host"] = json!({
        "api": format!("{API_MAJOR}.{API_MINOR}"),
        "target": machine.target(),
        "glibc": machine.glibc.map(|glibc| glibc.to_string()),
    });
    value["advice"] = json!(advice_lines(registry));
    value
}

fn host() -> String {
    let machine = Machine::current();
    let glibc = machine
        .glibc
        .map(|glibc| format!(", glibc {glibc}"))
        .unwrap_or_default();
    format!(
        "This host speaks API {API_MAJOR}.{API_MINOR} on {}{glibc}.\n\n",
        machine.target()
    )
}

fn search_path(registry: &Registry) -> String {
    let mut text = String::from("Search path, the first file that has a key wins:\n");
    for (i, place) in registry.search_path.iter().enumerate() {
        let files = registry.plugins.iter().filter(|plugin| plugin.place == i).count();
        let state = match &place.state {
            PlaceState::Folder => count(files, "file"),
            PlaceState::File => "a single file".to_owned(),
            PlaceState::Missing => "not there".to_owned(),
            PlaceState::Unreadable(error) => format!("cannot be read: {error}"),
        };
        let origin = place.origin.to_string();
        let _ = writeln!(
            text,
            "  {:>2}. {origin:<22} {} ({state})",
            i + 1,
            place.path.display()
        );
    }
    text
}

fn files(registry: &Registry) -> String {
    let mut text = String::from("\nFiles:\n");
    if registry.plugins.is_empty() {
        text.push_str("  none\n");
    }
    for plugin in &registry.plugins {
        let verdict = match &plugin.status {
            Status::Ok => "ok",
            Status::Refused(_) if plugin.is_foreign() => "no plugin",
            Status::Refused(_) => "refused",
            Status::Quarantined(_) => "quarantined",
        };
        let _ = writeln!(text, "  {verdict:<12} {}", plugin.path.display());
        let _ = write!(text, "{}", details(plugin));
    }
    text
}

fn details(plugin: &PluginEntry) -> String {
    const INDENT: &str = "               ";
    match plugin.status.refusal() {
        Some(_) if plugin.is_foreign() => String::new(),
        Some(refusal) => reason(refusal, INDENT),
        None => {
            let keys = plugin.identity.iter().flat_map(|identity| &identity.keys);
            let keys: Vec<String> = keys.map(ToString::to_string).collect();
            let api = plugin
                .descriptor
                .as_ref()
                .map(|d| format!("{}.{}", d.api_major, d.api_built));
            let opened = plugin
                .open_micros
                .map(|micros| format!(", opens in {:.1} ms", micros as f64 / 1000.0));
            let debug = plugin.descriptor.as_ref().is_some_and(|d| d.debug_assertions);
            let debug = if debug {
                ", a debug build (slow): build it with --release"
            } else {
                ""
            };
            format!(
                "{INDENT}{}, API {}{}{debug}: {}\n",
                plugin_name(plugin),
                api.unwrap_or_default(),
                opened.unwrap_or_default(),
                keys.join(" ")
            )
        }
    }
}

fn hidden(registry: &Registry) -> String {
    let mut text = String::new();
    if !registry.shadowed.is_empty() {
        text.push_str("\nShadowed, the same key comes earlier on the search path:\n");
    }
    for shadowed in &registry.shadowed {
        let same = if shadowed.identical { " (a copy of it)" } else { "" };
        let (key, ignored, used) = (
            &shadowed.component,
            shadowed.ignored.display(),
            shadowed.used.display(),
        );
        let _ = writeln!(text, "  {key}: {ignored} is ignored, {used} is used{same}");
    }
    if !registry.duplicates.is_empty() {
        text.push_str("\nReached more than once, looked at once:\n");
    }
    for duplicate in &registry.duplicates {
        let _ = writeln!(
            text,
            "  {} (place {})",
            duplicate.path.display(),
            duplicate.place + 1
        );
    }
    text
}

fn cache(registry: &Registry) -> String {
    let Some(file) = &registry.cache_file else {
        return "\nCache: none\n".to_owned();
    };
    let state = match std::fs::metadata(file) {
        Ok(found) => format!("{} bytes", found.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "not written yet".to_owned(),
        Err(error) => error.to_string(),
    };
    let used = registry.plugins.iter().filter(|plugin| plugin.cached).count();
    let from = count(used, "verdict");
    format!(
        "\nCache: {} ({state}); {from} came from it. `--rescan` probes every file again.\n",
        file.display()
    )
}

fn advice(registry: &Registry) -> String {
    let lines = advice_lines(registry);
    if lines.is_empty() {
        let usable = registry.plugins.iter().filter(|plugin| plugin.is_ok()).count();
        return format!(
            "\nEverything is in order: {} can be used.\n",
            count(usable, "plugin")
        );
    }
    format!(
        "\nWhat to do:\n{}",
        lines.iter().map(|line| format!("- {line}\n")).collect::<String>()
    )
}

fn advice_lines(registry: &Registry) -> Vec<String> {
    let mut lines = Vec::new();
    let usable = registry.plugins.iter().filter(|plugin| plugin.is_ok()).count();
    if usable == 0 {
        let folder = registry
            .search_path
            .iter()
            .find(|place| place.origin == crate::search::Origin::UserData);
        let folder = folder
            .map(|place| place.path.display().to_string())
            .unwrap_or_else(|| "a folder".to_owned());
        lines.push(format!(
            "no plugin can be used: put the `.so` of a plugin into {folder}, or name its folder with --plugin-path"
        ));
    }
    for plugin in registry.plugins.iter().filter(|plugin| !plugin.is_foreign()) {
        if let Some(refusal) = plugin.status.refusal() {
            lines.push(format!("{}: {}", plugin.path.display(), refusal.hint));
        }
    }
    let mut rivals: BTreeMap<(&Path, &Path), Vec<String>> = BTreeMap::new();
    for shadowed in registry.shadowed.iter().filter(|shadowed| !shadowed.identical) {
        rivals
            .entry((&shadowed.used, &shadowed.ignored))
            .or_default()
            .push(format!("`{}`", shadowed.component));
    }
    for ((used, ignored), keys) in rivals {
        lines.push(format!(
            "two files offer {}: remove {} (not used) or {} (used)",
            keys.join(", "),
            ignored.display(),
            used.display()
        ));
    }
    lines
}
