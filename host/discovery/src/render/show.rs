//! `plugins show KEY`.

use super::words::{plugin_name, table};
use crate::registry::{Found, LookupError, Registry};
use neurotrain_plugin_api::{Component, ParamSchema, Taxonomy};
use serde_json::{Value, json};
use std::fmt::Write;

/// Everything known of the components called `key` (`bptt`, or `trainer:bptt` for one kind).
///
/// # Errors
/// There is none, with the nearest key or the reason why a plugin that has it cannot be used.
pub fn show(registry: &Registry, key: &str, width: Option<u16>) -> Result<String, LookupError> {
    let texts: Vec<String> = select(registry, key)?
        .iter()
        .map(|found| one(registry, found, width))
        .collect();
    Ok(texts.join("\n"))
}

/// The same as a JSON array: `component` (its manifest), `descriptor`, `file`, `sha256`, …
///
/// # Errors
/// As [`show`].
pub fn show_json(registry: &Registry, key: &str) -> Result<Value, LookupError> {
    let found = select(registry, key)?;
    Ok(found
        .iter()
        .map(|Found { plugin, component }| {
            json!({
                "component": component,
                "descriptor": plugin.descriptor,
                "file": plugin.path,
                "origin": plugin.origin,
                "sha256": plugin.sha256,
                "bytes": plugin.bytes,
                "probed_at": plugin.probed_at,
                "open_micros": plugin.open_micros,
            })
        })
        .collect())
}

fn select<'a>(registry: &'a Registry, key: &str) -> Result<Vec<Found<'a>>, LookupError> {
    let (kind, key) = key.split_once(':').unwrap_or(("", key));
    let found: Vec<Found<'a>> = registry
        .components_called(key)
        .into_iter()
        .filter(|found| kind.is_empty() || found.component.kind == kind)
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    Err(LookupError {
        kind: kind.to_owned(),
        key: key.to_owned(),
        hint: registry.hint(kind, key),
    })
}

fn one(registry: &Registry, Found { plugin, component }: &Found<'_>, width: Option<u16>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        for (i, part) in value.lines().filter(|part| !part.is_empty()).enumerate() {
            let name = if i == 0 { name } else { "" };
            let _ = writeln!(text, "{name:<12} {part}");
        }
    };
    line("key", &format!("{} ({})", component.key, component.kind));
    line("name", &component.name);
    line("summary", &component.summary);
    line("plugin", &plugin_name(plugin));
    line("authors", &component.authors.join(", "));
    line("licence", &component.license);
    line("paper", &paper(component));
    line("docs", &component.docs);
    line("networks", &component.network_types.join(", "));
    line(
        "taxonomy",
        &component.taxonomy.as_ref().map(taxonomy).unwrap_or_default(),
    );
    line(
        "runs on",
        if component.cpu_slices {
            "CPU only: it works on tensor memory"
        } else {
            "any device"
        },
    );
    line("file", &plugin.path.display().to_string());
    line("found by", &plugin.origin.to_string());
    line("sha256", plugin.sha256.as_deref().unwrap_or_default());
    if let Some(d) = &plugin.descriptor {
        let needs = d
            .needs_glibc
            .map(|glibc| format!(", glibc {glibc} or later"))
            .unwrap_or_default();
        let features = if d.cpu_features.is_empty() {
            String::new()
        } else {
            format!(", {}", d.cpu_features.join(" "))
        };
        let slow = if d.debug_assertions {
            ", a debug build (slow)"
        } else {
            ""
        };
        line(
            "API",
            &format!("{}.{} (plugin-api {})", d.api_major, d.api_built, d.api_crate),
        );
        line("built for", &format!("{}{needs}{features}{slow}", d.target));
    }
    for shadowed in registry
        .shadowed
        .iter()
        .filter(|s| s.component.kind == component.kind && s.component.key == component.key)
    {
        line("shadows", &shadowed.ignored.display().to_string());
    }
    if component.params.is_empty() {
        text.push_str("\nIt has no parameters.\n");
    } else {
        let _ = writeln!(text, "\n{}", parameters(&component.params, width));
    }
    text.push_str(&sections(component));
    text
}

fn parameters(params: &[ParamSchema], width: Option<u16>) -> String {
    let mut table = table(
        &["parameter", "type", "default", "allowed", "searched", "meaning"],
        width,
    );
    for param in params {
        table.add_row([
            param.name.clone(),
            param.kind.clone(),
            plain(&param.default),
            allowed(param),
            searched(param),
            param.help.clone(),
        ]);
    }
    table.to_string()
}

fn allowed(param: &ParamSchema) -> String {
    let range = match (param.min, param.max) {
        _ if !param.choices.is_empty() => param.choices.iter().map(plain).collect::<Vec<_>>().join(", "),
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => String::new(),
    };
    match (param.nullable, range.is_empty()) {
        (true, true) => "or null".to_owned(),
        (true, false) => format!("{range}, or null"),
        (false, _) => range,
    }
}

fn searched(param: &ParamSchema) -> String {
    if !param.tunable {
        return String::new();
    }
    let range = match param.search.or(param.min.zip(param.max)) {
        Some((low, high)) => format!("{low} to {high}"),
        None => "yes".to_owned(),
    };
    if param.log { format!("{range}, log") } else { range }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn paper(component: &Component) -> String {
    let Some(paper) = &component.paper else {
        return String::new();
    };
    let mut text = paper.title.clone();
    if paper.year > 0 {
        let _ = write!(text, " ({})", paper.year);
    }
    if !paper.doi.is_empty() {
        let _ = write!(text, "\nhttps://doi.org/{}", paper.doi);
    }
    if !paper.arxiv.is_empty() {
        let _ = write!(text, "\nhttps://arxiv.org/abs/{}", paper.arxiv);
    }
    text
}

fn taxonomy(t: &Taxonomy) -> String {
    let or_not = |yes: bool, name: &str| {
        if yes {
            name.to_owned()
        } else {
            format!("not {name}")
        }
    };
    let said = |value: &str, name: &str| {
        if value.is_empty() {
            String::new()
        } else {
            format!("{name}: {value}")
        }
    };
    let parts = [
        t.strategy.clone(),
        said(&t.learning_signal, "learns from"),
        or_not(t.temporally_local, "local in time"),
        or_not(t.spatially_local, "local in space"),
        if t.traces {
            "traces".to_owned()
        } else {
            String::new()
        },
        if t.stdp { "STDP".to_owned() } else { String::new() },
        said(
            if t.projection == "none" { "" } else { &t.projection },
            "projection",
        ),
        if t.local_classifier {
            "local classifiers".to_owned()
        } else {
            String::new()
        },
        said(&t.memory_in_t, "memory in T"),
    ];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

fn sections(component: &Component) -> String {
    if component.sections.is_empty() {
        return String::new();
    }
    let mut text = String::from("Other defaults:\n");
    for (name, values) in &component.sections {
        let values: Vec<String> = values
            .iter()
            .map(|(key, value)| format!("{key} = {}", plain(value)))
            .collect();
        let _ = writeln!(text, "    with {name}: {}", values.join(", "));
    }
    text
}
