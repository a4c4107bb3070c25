//! `config`.

use super::{ConfigCommand, Exit};
use crate::output::Console;
use crate::supervisor::installed_components;
use neurotrain_campaign::{CampaignSource, Experiment, load, show};
use neurotrain_plugin_api::{Error, Result};
use std::collections::HashSet;
use std::path::Path;

/// Answers `neurotrain config …`.
pub(super) fn answer(command: ConfigCommand, console: &Console) -> Result<Exit> {
    let ConfigCommand::Show {
        file,
        experiment,
        set,
        json,
        search,
    } = command;
    let registry = search.scan_for(file.parent().map(Path::to_owned).as_deref())?;
    let source = set
        .iter()
        .fold(CampaignSource::file(&file).process_environment(), |s, set| {
            s.set(set)
        });
    let campaign = load(&source, &installed_components(&registry))?;
    // Runs that differ by the seed have the same configuration.
    let mut all: Vec<&Experiment> = campaign.experiments.iter().collect();
    let mut seen = HashSet::new();
    all.retain(|experiment| seen.insert(experiment.group.as_str()));
    let asked = |e: &&Experiment| {
        experiment
            .as_ref()
            .is_none_or(|name| e.name == *name || e.group == *name)
    };
    let wanted: Vec<&Experiment> = all.iter().copied().filter(asked).collect();
    if wanted.is_empty() {
        let names: Vec<String> = all.iter().map(|e| format!("`{}`", e.group)).collect();
        let name = experiment.unwrap_or_default();
        return Err(
            Error::new("usage", format!("{} has no experiment `{name}`", file.display()))
                .with_hint(format!("it has {}", names.join(", "))),
        );
    }
    if json {
        console.print(&serde_json::to_string_pretty(&wanted)?);
    } else {
        let texts: Vec<String> = wanted
            .into_iter()
            .map(|e| show(e).trim_end().to_owned())
            .collect();
        console.print(&texts.join("\n\n"));
    }
    Ok(Exit::Done)
}
