//! Where plugins are looked for, and what is wrong with those that cannot be used.

use crate::output::indent;
use crate::runtime::DataSearch;
use neurotrain_discovery::{PlaceState, PluginEntry, Registry, SearchEntry, Status};
use neurotrain_plugin_api::Result;
use serde_json::json;

/// Everything as JSON.
pub(super) fn json(registry: &Registry, data: &DataSearch) -> Result<String> {
    Ok(serde_json::to_string_pretty(
        &json!({"plugins": registry, "data_folders": data.dirs().collect::<Vec<_>>()}),
    )?)
}

/// Everything for people.
pub(super) fn text(registry: &Registry, data: &DataSearch) -> String {
    let mut out = Vec::new();
    let places: Vec<String> = registry
        .search_path
        .iter()
        .enumerate()
        .map(|(i, p)| place(i, p))
        .collect();
    out.push(section("Plugins are looked for in this order", &places));
    let (usable, rest): (Vec<_>, Vec<_>) = registry.plugins.iter().partition(|plugin| plugin.is_ok());
    let (foreign, unusable): (Vec<_>, Vec<_>) = rest.into_iter().partition(|plugin| plugin.is_foreign());
    out.push(section(
        "Usable",
        &usable
            .iter()
            .map(|plugin| usable_line(plugin))
            .collect::<Vec<_>>(),
    ));
    if !unusable.is_empty() {
        out.push(section(
            "Cannot be used",
            &unusable.iter().map(|plugin| reason(plugin)).collect::<Vec<_>>(),
        ));
    }
    if !foreign.is_empty() {
        let files: Vec<String> = foreign
            .iter()
            .map(|plugin| plugin.path.display().to_string())
            .collect();
        out.push(section("Libraries that are no plugins", &files));
    }
    let shadowed: Vec<String> = registry
        .shadowed
        .iter()
        .map(|s| {
            let same = if s.identical {
                " (the files are the same)"
            } else {
                ""
            };
            format!(
                "{}: {} is used, {} is not{same}",
                s.component,
                s.used.display(),
                s.ignored.display()
            )
        })
        .collect();
    if !shadowed.is_empty() {
        out.push(section("Found twice", &shadowed));
    }
    if let Some(cache) = &registry.cache_file {
        out.push(section(
            "Verdicts are remembered in",
            &[cache.display().to_string()],
        ));
    }
    let folders: Vec<String> = data
        .dirs()
        .map(|dir| {
            format!(
                "{}{}",
                dir.display(),
                if dir.is_dir() { "" } else { " (not there)" }
            )
        })
        .collect();
    out.push(section("Data sets are looked for in this order", &folders));
    out.join("\n\n")
}

fn section(title: &str, lines: &[String]) -> String {
    let body = if lines.is_empty() {
        "nothing".to_owned()
    } else {
        lines.join("\n")
    };
    format!("{title}:\n{}", indent(&body))
}

fn place(index: usize, entry: &SearchEntry) -> String {
    let state = match &entry.state {
        PlaceState::Folder | PlaceState::File => String::new(),
        PlaceState::Missing => " (not there)".to_owned(),
        PlaceState::Unreadable(why) => format!(" (cannot be read: {why})"),
    };
    format!(
        "{}. {} [{}]{state}",
        index + 1,
        entry.path.display(),
        entry.origin
    )
}

fn usable_line(plugin: &PluginEntry) -> String {
    let components = plugin.manifest.iter().flat_map(|manifest| &manifest.components);
    let keys: Vec<String> = components.map(|c| format!("{}:{}", c.kind, c.key)).collect();
    let name = plugin
        .manifest
        .as_ref()
        .map_or_else(String::new, |m| format!("{} {}", m.name, m.version));
    format!("{name} ({}): {}", keys.join(", "), plugin.path.display())
}

fn reason(plugin: &PluginEntry) -> String {
    let Some(refusal) = plugin.status.refusal() else {
        return plugin.path.display().to_string();
    };
    let mut lines = vec![refusal.message.clone()];
    if matches!(plugin.status, Status::Quarantined(_)) {
        lines.push("  it is not opened again until the file changes".to_owned());
    }
    if !refusal.hint.is_empty() {
        lines.push(format!("  what to do: {}", refusal.hint));
    }
    if !refusal.details.is_empty() {
        lines.push(format!("  details:\n{}", indent(&indent(&refusal.details))));
    }
    lines.join("\n")
}
