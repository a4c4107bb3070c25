//! Why runs that are in the folder already are done again.

use super::folders::RunFolders;
use crate::worker::spec::{PluginFile, RunSpec};
use neurotrain_campaign::Experiment;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Names of runs that are listed one by one.
const LISTED: usize = 3;

/// One line per reason why runs of `specs` are done again although `folders` hold runs of their names.
pub(super) fn reasons(specs: &[RunSpec], folders: &RunFolders) -> Vec<String> {
    let earlier = latest_by_name(folders);
    let mut by_reason: Vec<(String, Vec<&str>)> = Vec::new();
    for spec in specs {
        let name = spec.experiment.name.as_str();
        let Some(old) = earlier.get(name).filter(|old| old.id != spec.id) else {
            continue;
        };
        let reason = changes(old, spec).join(", ");
        match by_reason.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(name),
            None => by_reason.push((reason, vec![name])),
        }
    }
    by_reason
        .into_iter()
        .map(|(reason, names)| format!("{}: done again, since {reason}", listed(&names)))
        .collect()
}

/// What the latest run of each name was.
fn latest_by_name(folders: &RunFolders) -> BTreeMap<String, RunSpec> {
    let mut latest: BTreeMap<String, (std::time::SystemTime, RunSpec)> = BTreeMap::new();
    for folder in folders.attempts().into_values().flatten() {
        let made = std::fs::metadata(&folder).and_then(|m| m.modified());
        if let (Ok(made), Ok(spec)) = (made, RunSpec::read(&folder)) {
            let name = spec.experiment.name.clone();
            if latest.get(&name).is_none_or(|(known, _)| *known <= made) {
                latest.insert(name, (made, spec));
            }
        }
    }
    latest.into_iter().map(|(name, (_, spec))| (name, spec)).collect()
}

/// What differs between two runs of one name.
fn changes(old: &RunSpec, new: &RunSpec) -> Vec<String> {
    let mut found = Vec::new();
    let parts = [
        ("trainer", &old.trainer, &new.trainer),
        ("model", &old.model, &new.model),
        ("data set", &old.dataset, &new.dataset),
    ];
    found.extend(parts.iter().filter_map(|(role, old, new)| plugin(role, old, new)));
    if old.data_hash != new.data_hash && !old.data_hash.is_empty() {
        found.push("the data changed".to_owned());
    }
    found.extend(configuration(&old.experiment, &new.experiment));
    if old.cost.table != new.cost.table {
        found.push(format!(
            "it was run with another cost table ({}, now {}): results may differ by rounding, `--cost-table` chooses",
            old.cost.digest(),
            new.cost.digest()
        ));
    }
    if found.is_empty() {
        found.push("the program is another version".to_owned());
    }
    found
}

fn plugin(role: &str, old: &PluginFile, new: &PluginFile) -> Option<String> {
    if old.sha256 == new.sha256 {
        return None;
    }
    let versions = if old.version == new.version {
        String::new()
    } else {
        format!(" ({} instead of {})", new.version, old.version)
    };
    Some(format!(
        "the plugin of its {role}, {}, was rebuilt{versions}",
        new.name
    ))
}

fn configuration(old: &Experiment, new: &Experiment) -> Vec<String> {
    let runtime = |e: &Experiment| match serde_json::to_value(&e.runtime) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let blocks = [
        ("trainer", old.trainer_config.clone(), new.trainer_config.clone()),
        ("model", old.model_config.clone(), new.model_config.clone()),
        ("dataset", old.dataset_config.clone(), new.dataset_config.clone()),
        ("runtime", runtime(old), runtime(new)),
    ];
    let mut found = Vec::new();
    for (block, old, new) in blocks {
        for (key, value) in &new {
            // Settings that do not decide a result are no reason.
            let decides = block != "runtime" || DECIDING.contains(&key.as_str());
            match old.get(key) {
                Some(before) if before == value => {}
                _ if !decides => {}
                Some(before) => found.push(format!("{block}.{key} is {value} instead of {before}")),
                None => found.push(format!("{block}.{key} is new")),
            }
        }
    }
    found
}

/// Settings of the runtime that are part of a run's id.
const DECIDING: [&str; 8] = [
    "epochs",
    "batch_size",
    "device",
    "dtype",
    "validation",
    "protocol",
    "compat",
    "early_stopping",
];

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
