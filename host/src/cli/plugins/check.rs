//! Whether rules are what their manifests say.

use crate::cli::{Exit, SearchArgs};
use crate::output::Console;
use crate::taxonomy::{examine, faults};
use neurotrain_discovery::{Found, PluginEntry, Registry};
use neurotrain_plugin_api::{Error, Result};
use std::path::{Path, PathBuf};

/// Measures what is named, or all rules, and says what is contradicted.
pub(super) fn answer(what: &[String], json: bool, mut search: SearchArgs, console: &Console) -> Result<Exit> {
    let files: Vec<PathBuf> = what
        .iter()
        .map(PathBuf::from)
        .filter(|path| path.is_file())
        .collect();
    search.plugin_path.splice(0..0, files);
    let registry = search.scan()?;
    let rules = rules(&registry, what)?;
    let placed = examine(&registry, &rules, true)?;
    let faults = faults(&placed);
    if json {
        console.print(&serde_json::to_string_pretty(&placed)?);
    } else {
        for rule in &placed {
            console.print(&rule.summary());
        }
    }
    faults
        .iter()
        .for_each(|fault| console.note(&format!("error: {fault}")));
    if !faults.is_empty() {
        console.note("  what to do: change the manifest or the rule; `neurotrain taxonomy RULE --verbose` shows the figures");
    }
    Ok(if faults.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// The rules called so, and those of the files named.
fn rules<'a>(registry: &'a Registry, what: &[String]) -> Result<Vec<Found<'a>>> {
    if what.is_empty() {
        return Ok(registry.components("trainer"));
    }
    let mut rules = Vec::new();
    for word in what {
        if Path::new(word).is_file() {
            rules.extend(rules_of(registry, Path::new(word))?);
        } else {
            rules.push(registry.component("trainer", word)?);
        }
    }
    Ok(rules)
}

/// The rules of one plugin file.
fn rules_of<'a>(registry: &'a Registry, file: &Path) -> Result<Vec<Found<'a>>> {
    let same = |plugin: &PluginEntry| match (plugin.path.canonicalize(), file.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => plugin.path == file,
    };
    let plugin = registry
        .plugins
        .iter()
        .find(|plugin| same(plugin))
        .ok_or_else(|| {
            Error::new(
                "usage",
                format!("{} was not found among the plugins", file.display()),
            )
            .with_hint("give the dylib of a plugin: lib*.so")
        })?;
    if let Some(refusal) = plugin.status.refusal() {
        return Err(Error::new("plugin", refusal.message.clone()).with_hint(&refusal.hint));
    }
    let components = plugin.manifest.iter().flat_map(|manifest| &manifest.components);
    Ok(components
        .filter(|component| component.kind == "trainer")
        .map(|component| Found { plugin, component })
        .collect())
}
