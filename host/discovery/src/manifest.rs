//! What a manifest must satisfy before anything relies on it.

use crate::descriptor::{ComponentKey, PluginDescriptor};
use crate::fault::Fault;
use neurotrain_plugin_api::{Component, ParamSchema, PluginManifest};
use std::collections::{BTreeSet, HashSet};

/// Parses the manifest of a plugin and compares it with the descriptor and with itself.
pub(crate) fn check_manifest(text: &str, descriptor: &PluginDescriptor) -> Result<PluginManifest, Fault> {
    if text.trim().is_empty() {
        // What the export macro answers when the author's code panics.
        let message = "it is empty, probably because the plugin's `manifest` function panicked".to_owned();
        return Err(Fault::Manifest { message });
    }
    let manifest: PluginManifest = serde_json::from_str(text).map_err(|error| Fault::Manifest {
        message: format!("no valid JSON: {error}"),
    })?;
    agree(&manifest, descriptor)?;
    let mut problems = Vec::new();
    for component in &manifest.components {
        check_component(component, &mut problems);
    }
    if problems.is_empty() {
        Ok(manifest)
    } else {
        Err(Fault::Schema { problems })
    }
}

fn agree(manifest: &PluginManifest, descriptor: &PluginDescriptor) -> Result<(), Fault> {
    let contradiction = |what: String| Err(Fault::Contradiction { what });
    if (&manifest.name, &manifest.version) != (&descriptor.name, &descriptor.version) {
        return contradiction(format!(
            "its manifest is that of `{}` {}, its descriptor of `{}` {}",
            manifest.name, manifest.version, descriptor.name, descriptor.version
        ));
    }
    if manifest.components.is_empty() {
        return contradiction("it offers no component".to_owned());
    }
    let described: BTreeSet<&ComponentKey> = descriptor.keys.iter().collect();
    let offered: Vec<ComponentKey> = manifest
        .components
        .iter()
        .map(|c| ComponentKey {
            kind: c.kind.clone(),
            key: c.key.clone(),
        })
        .collect();
    let distinct: BTreeSet<&ComponentKey> = offered.iter().collect();
    if distinct.len() < offered.len() {
        let twice = offered
            .iter()
            .find(|key| offered.iter().filter(|other| other == key).count() > 1);
        return contradiction(format!(
            "it offers `{}` twice",
            twice.map(ToString::to_string).unwrap_or_default()
        ));
    }
    if let Some(absent) = described.difference(&distinct).next() {
        return contradiction(format!("its descriptor lists `{absent}`, its manifest does not"));
    }
    if offered.len() != descriptor.components as usize {
        return contradiction(format!(
            "its descriptor counts {} components, its manifest has {}",
            descriptor.components,
            offered.len()
        ));
    }
    Ok(())
}

fn check_component(component: &Component, problems: &mut Vec<String>) {
    let who = format!("{} `{}`", component.kind, component.key);
    if component.key.is_empty()
        || component
            .key
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == ':')
    {
        problems.push(format!(
            "{who}: a key has no spaces, colons or control characters, and is not empty"
        ));
    }
    let mut names = HashSet::new();
    for param in &component.params {
        if !names.insert(param.name.as_str()) {
            problems.push(format!("{who}: parameter `{}` is declared twice", param.name));
        }
        problems.extend(
            param_problems(param)
                .into_iter()
                .map(|problem| format!("{who}: {problem}")),
        );
    }
    for (section, values) in &component.sections {
        for (name, value) in values {
            match component.params.iter().find(|param| param.name == *name) {
                None => problems.push(format!(
                    "{who}: section `{section}` sets the unknown parameter `{name}`"
                )),
                Some(param) => {
                    if let Err(error) = param.check(value) {
                        problems.push(format!("{who}: section `{section}`: {}", error.message()));
                    }
                }
            }
        }
    }
}

fn param_problems(param: &ParamSchema) -> Vec<String> {
    let name = &param.name;
    let mut problems = Vec::new();
    let mut say = |problem: String| problems.push(format!("parameter `{name}` {problem}"));
    if name.is_empty()
        || name
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '.')
    {
        say("needs a name without spaces and dots".to_owned());
    }
    if param.min.zip(param.max).is_some_and(|(min, max)| min > max) {
        say("has a least value above its greatest".to_owned());
    }
    if param.kind == "choice" && param.choices.is_empty() {
        say("is a choice without choices".to_owned());
    }
    if let Err(error) = param.check(&param.default) {
        say(format!(
            "has a default that fails its own check: {}",
            error.message()
        ));
    }
    if let Some((low, high)) = param.search {
        let within = |v: f64| param.min.is_none_or(|min| v >= min) && param.max.is_none_or(|max| v <= max);
        if low.is_nan() || high.is_nan() || low > high {
            say("has an empty search range".to_owned());
        } else if !within(low) || !within(high) {
            say("is searched beyond what is allowed".to_owned());
        }
    }
    let lowest = param.search.map(|(low, _)| low).or(param.min);
    if param.log && lowest.is_some_and(|low| low <= 0.0) {
        say("is searched on a logarithmic scale from zero or below".to_owned());
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn descriptor() -> PluginDescriptor {
        let key = ComponentKey {
            kind: "trainer".to_owned(),
            key: "x".to_owned(),
        };
        PluginDescriptor {
            name: "p".to_owned(),
            version: "1.0.0".to_owned(),
            components: 1,
            keys: vec![key],
            ..PluginDescriptor::default()
        }
    }

    fn text(params: Vec<ParamSchema>) -> String {
        let component = Component {
            kind: "trainer".to_owned(),
            key: "x".to_owned(),
            params,
            ..Component::default()
        };
        let manifest = PluginManifest {
            name: "p".to_owned(),
            version: "1.0.0".to_owned(),
            components: vec![component],
        };
        serde_json::to_string(&manifest).expect("JSON")
    }

    #[test]
    fn a_sound_manifest_passes() {
        let params = vec![
            ParamSchema::float("lr", 0.1, "")
                .range(0.001, 1.0)
                .search(0.01, 0.5)
                .log(),
            ParamSchema::choice("mode", "a", &["a", "b"], ""),
            ParamSchema::float("clip", 0.0, "").nullable(),
        ];
        assert!(check_manifest(&text(params), &descriptor()).is_ok());
    }

    #[test]
    fn faulty_schemas_name_component_and_parameter() {
        for (param, wanted) in [
            (
                ParamSchema::float("lr", 5.0, "").range(0.0, 1.0),
                "default that fails its own check",
            ),
            (
                ParamSchema::choice("mode", "c", &["a"], ""),
                "default that fails its own check",
            ),
            (
                ParamSchema::float("lr", 0.5, "").range(1.0, 0.0),
                "above its greatest",
            ),
            (
                ParamSchema::float("lr", 0.5, "").range(0.0, 1.0).search(0.1, 2.0),
                "beyond what is allowed",
            ),
            (
                ParamSchema::float("lr", 0.5, "").search(0.0, 1.0).log(),
                "logarithmic",
            ),
            (ParamSchema::float("l r", 0.5, ""), "without spaces"),
        ] {
            let error = check_manifest(&text(vec![param]), &descriptor())
                .expect_err(wanted)
                .to_string();
            assert!(error.contains(wanted) && error.contains("trainer `x`"), "{error}");
        }
        let twice = vec![ParamSchema::int("n", 1, ""), ParamSchema::int("n", 2, "")];
        let error = check_manifest(&text(twice), &descriptor())
            .expect_err("twice")
            .to_string();
        assert!(error.contains("`n` is declared twice"), "{error}");
    }

    #[test]
    fn manifest_and_descriptor_must_agree() {
        let good = text(Vec::new());
        for (change, wanted) in [
            (json!({ "name": "q" }), "its manifest is that of `q`"),
            (json!({ "components": [] }), "offers no component"),
            (
                json!({ "components": [{ "kind": "model", "key": "x" }] }),
                "lists `trainer:x`",
            ),
            (
                json!({ "components": [{ "kind": "trainer", "key": "x" }, { "kind": "trainer", "key": "x" }] }),
                "`trainer:x` twice",
            ),
            (
                json!({ "components": [{ "kind": "trainer", "key": "x" }, { "kind": "model", "key": "x" }] }),
                "counts 1 components",
            ),
        ] {
            let mut value: serde_json::Value = serde_json::from_str(&good).expect("JSON");
            for (key, new) in change.as_object().expect("an object") {
                value[key] = new.clone();
            }
            let error = check_manifest(&value.to_string(), &descriptor())
                .expect_err(wanted)
                .to_string();
            assert!(error.contains(wanted), "{error}");
        }
        for (broken, wanted) in [
            ("", "panicked"),
            ("  ", "panicked"),
            ("{", "no valid JSON"),
            ("[1]", "no valid JSON"),
        ] {
            let error = check_manifest(broken, &descriptor())
                .expect_err(wanted)
                .to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }

    #[test]
    fn sections_may_only_set_known_parameters() {
        let mut value: serde_json::Value =
            serde_json::from_str(&text(vec![ParamSchema::int("n", 1, "").at_least(1.0)])).expect("JSON");
        for (section, wanted) in [
            (json!({ "MNIST": { "m": 1 } }), "unknown parameter `m`"),
            (json!({ "MNIST": { "n": 0 } }), "`MNIST`"),
        ] {
            value["components"][0]["sections"] = section;
            let error = check_manifest(&value.to_string(), &descriptor())
                .expect_err(wanted)
                .to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
