//! One component in full.

use crate::output::{indent, table};
use neurotrain_discovery::{Found, Registry};
use neurotrain_plugin_api::{Component, Error, Paper, ParamSchema, Result, Taxonomy};
use serde_json::json;

/// The component called `key`, or `kind:key` where several kinds have it.
pub(super) fn find<'a>(registry: &'a Registry, key: &str) -> Result<Found<'a>> {
    if let Some((kind, key)) = key.split_once(':') {
        return Ok(registry.component(kind, key)?);
    }
    match registry.components_called(key)[..] {
        [] => {
            // Any kind serves to get the hint about what it may have meant.
            let error = Error::from(match registry.component("trainer", key) {
                Ok(found) => return Ok(found),
                Err(error) => error,
            });
            Err(Error::new(
                "unknown-key",
                format!("there is no rule, network or data set `{key}`"),
            )
            .with_hint(error.hint()))
        }
        [one] => Ok(one),
        ref several => {
            let names: Vec<String> = several
                .iter()
                .map(|f| format!("`{}:{key}`", f.component.kind))
                .collect();
            Err(Error::new("usage", format!("`{key}` has several meanings"))
                .with_hint(format!("ask for one of {}", names.join(", "))))
        }
    }
}

/// The manifest and the file.
pub(super) fn json(found: &Found<'_>) -> Result<String> {
    let value =
        json!({"component": found.component, "file": found.plugin.path, "sha256": found.plugin.sha256});
    Ok(serde_json::to_string_pretty(&value)?)
}

/// The same for people.
pub(super) fn text(found: &Found<'_>) -> String {
    let component = found.component;
    let mut out = vec![format!(
        "{} ({} `{}`, version {})",
        component.name, component.kind, component.key, component.version
    )];
    if !component.summary.is_empty() {
        out.push(indent(&component.summary));
    }
    out.extend(
        component
            .paper
            .as_ref()
            .map(|paper| section("Paper", &citation(paper))),
    );
    if !component.network_types.is_empty() {
        out.push(section("Networks", &component.network_types.join(", ")));
    }
    out.extend(
        component
            .taxonomy
            .as_ref()
            .map(|taxonomy| section("Place among learning rules", &place(taxonomy))),
    );
    if !component.params.is_empty() {
        let rows = component.params.iter().map(parameter);
        out.push(section(
            "Parameters",
            &table(&["name", "type", "default", "allowed", "meaning"], rows),
        ));
    }
    out.extend(sections(component));
    if !component.docs.is_empty() {
        out.push(section("Documentation", &component.docs));
    }
    out.push(section("Plugin", &origin(found)));
    out.join("\n")
}

fn section(title: &str, body: &str) -> String {
    format!("\n{title}\n{}", indent(body))
}

fn citation(paper: &Paper) -> String {
    let mut parts = vec![paper.title.clone()];
    if paper.year > 0 {
        parts.push(paper.year.to_string());
    }
    if !paper.doi.is_empty() {
        parts.push(format!("doi:{}", paper.doi));
    }
    if !paper.arxiv.is_empty() {
        parts.push(format!("arXiv:{}", paper.arxiv));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

fn place(t: &Taxonomy) -> String {
    let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    let lines = [
        ("strategy", t.strategy.clone()),
        ("learning signal", t.learning_signal.clone()),
        ("local in time", yes(t.temporally_local)),
        ("local in space", yes(t.spatially_local)),
        ("traces", yes(t.traces)),
        ("spike timing", yes(t.stdp)),
        ("projection", t.projection.clone()),
        ("local classifier", yes(t.local_classifier)),
        ("memory over time steps", t.memory_in_t.clone()),
    ];
    lines
        .iter()
        .filter(|(_, v)| !v.is_empty())
        .map(|(k, v)| format!("{k}: {v}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn parameter(schema: &ParamSchema) -> Vec<String> {
    vec![
        schema.name.clone(),
        schema.kind.clone(),
        schema.default.to_string(),
        allowed(schema),
        schema.help.clone(),
    ]
}

fn allowed(schema: &ParamSchema) -> String {
    let range = match (schema.min, schema.max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("from {min}"),
        (None, Some(max)) => format!("up to {max}"),
        (None, None) => String::new(),
    };
    let choices: Vec<String> = schema.choices.iter().map(ToString::to_string).collect();
    let mut parts = vec![range, choices.join(", ")];
    if schema.nullable {
        parts.push("or null".to_owned());
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

fn sections(component: &Component) -> Option<String> {
    if component.sections.is_empty() {
        return None;
    }
    let lines: Vec<String> = component
        .sections
        .iter()
        .map(|(key, values)| format!("{key}: {}", serde_json::Value::Object(values.clone())))
        .collect();
    Some(section("Defaults for a data set or rule", &lines.join("\n")))
}

fn origin(found: &Found<'_>) -> String {
    let mut lines = vec![format!("file: {}", found.plugin.path.display())];
    lines.extend(found.plugin.sha256.as_ref().map(|hash| format!("sha256: {hash}")));
    lines.extend(
        found
            .plugin
            .descriptor
            .as_ref()
            .map(|d| format!("API: {}.{}", d.api_major, d.api_built)),
    );
    let component = found.component;
    if !component.license.is_empty() {
        lines.push(format!("licence: {}", component.license));
    }
    if !component.authors.is_empty() {
        lines.push(format!("authors: {}", component.authors.join(", ")));
    }
    if component.cpu_slices {
        lines.push("runs on the CPU only".to_owned());
    }
    lines.join("\n")
}
