//! What a campaign would run, before it runs.

use crate::render::columns::columns;
use crate::{Campaign, Experiment, OriginKind, Runtime, Skipped};
use serde_json::Value;
use std::collections::BTreeMap;

/// What would be run: the experiments with the values that are not defaults, what is skipped and why, and
/// the warnings.
pub fn dry_run(campaign: &Campaign) -> String {
    let groups = groups(campaign);
    let mut text = head(campaign, groups.len());
    let everywhere = everywhere(&groups);
    if groups.len() > 1 && !everywhere.is_empty() {
        text.push_str(&format!("In every experiment: {}\n", joined(&everywhere)));
    }
    text.push('\n');
    let header = ["experiment", "trainer", "model", "data set", "seeds"]
        .map(str::to_owned)
        .to_vec();
    let rows: Vec<Vec<String>> = [header]
        .into_iter()
        .chain(groups.iter().map(|g| g.row()))
        .collect();
    let table = columns(&rows);
    let mut lines = table.lines();
    text.extend(lines.next().map(|line| format!("{line}\n")));
    for (group, line) in groups.iter().zip(lines) {
        text.push_str(&format!("{line}\n"));
        let own: BTreeMap<_, _> = match groups.len() {
            1 => group.values.clone(),
            _ => group
                .values
                .iter()
                .filter(|(k, _)| !everywhere.contains_key(*k))
                .map(clone)
                .collect(),
        };
        if !own.is_empty() {
            text.push_str(&format!("      {}\n", joined(&own)));
        }
        if let Some(search) = &group.first.search {
            let space: Vec<String> =
                search.space.iter().map(|(name, range)| format!("{name} ({range})")).collect();
            text.push_str(&format!("      search: {}: {}\n", search.settings, space.join(", ")));
        }
    }
    text.push_str(&skipped(&campaign.skipped));
    if !campaign.warnings.is_empty() {
        text.push_str(&format!("\nWarnings ({}):\n", campaign.warnings.len()));
        text.extend(campaign.warnings.iter().map(|warning| format!("  {warning}\n")));
    }
    text
}

/// Experiments that differ by the seed only.
struct Group<'a> {
    first: &'a Experiment,
    seeds: Vec<u64>,
    /// Values that are not defaults, by dotted name.
    values: BTreeMap<String, String>,
}

impl Group<'_> {
    fn row(&self) -> Vec<String> {
        let seeds: Vec<String> = self.seeds.iter().map(u64::to_string).collect();
        let Experiment {
            group,
            trainer,
            model,
            dataset,
            ..
        } = self.first;
        [group, trainer, model, dataset, &seeds.join(", ")]
            .into_iter()
            .cloned()
            .collect()
    }
}

fn groups(campaign: &Campaign) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for experiment in &campaign.experiments {
        match groups.last_mut().filter(|g| g.first.group == experiment.group) {
            Some(group) => group.seeds.push(experiment.seed),
            None => groups.push(Group {
                first: experiment,
                seeds: vec![experiment.seed],
                values: values(experiment, &campaign.runtime),
            }),
        }
    }
    groups
}

/// Parameters that are not defaults, and settings that are not those of the campaign.
fn values(experiment: &Experiment, common: &Runtime) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let blocks = [
        ("trainer", &experiment.trainer_config),
        ("model", &experiment.model_config),
        ("dataset", &experiment.dataset_config),
    ];
    for (block, config) in blocks {
        for (key, value) in config {
            let name = format!("{block}.{key}");
            if experiment
                .origins
                .get(&name)
                .is_some_and(|o| o.kind != OriginKind::Default)
            {
                values.insert(name, plain(value));
            }
        }
    }
    let (own, common) = (settings(&experiment.runtime), settings(common));
    let differing = own.into_iter().zip(common).filter(|(own, common)| own != common);
    values.extend(differing.map(|((key, value), _)| (format!("runtime.{key}"), value)));
    values
}

fn settings(runtime: &Runtime) -> Vec<(String, String)> {
    let value = serde_json::to_value(runtime).unwrap_or_default();
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), plain(value)))
        .collect()
}

/// A value as it would be written on the command line.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(plain).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// What has the same value in every group.
fn everywhere(groups: &[Group<'_>]) -> BTreeMap<String, String> {
    let Some(first) = groups.first() else {
        return BTreeMap::new();
    };
    let same = |(key, value): &(&String, &String)| groups.iter().all(|g| g.values.get(*key) == Some(value));
    first.values.iter().filter(same).map(clone).collect()
}

fn clone((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

fn joined(values: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = values
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join("  ")
}

fn head(campaign: &Campaign, groups: usize) -> String {
    let mut text = format!("Campaign `{}`", campaign.name);
    if let Some(file) = &campaign.file {
        text.push_str(&format!(" ({file})"));
    }
    text.push('\n');
    if !campaign.description.is_empty() {
        text.push_str(&format!("{}\n", campaign.description.trim_end()));
    }
    text.push_str(&format!(
        "{} of {}, {} skipped\n",
        count(campaign.experiments.len(), "run"),
        count(groups, "experiment"),
        count(campaign.skipped.len(), "combination")
    ));
    let settings = settings(&campaign.runtime)
        .into_iter()
        .filter(|(_, value)| value != "null");
    let settings: Vec<String> = settings.map(|(key, value)| format!("{key}={value}")).collect();
    text.push_str(&format!("Runtime: {}\n", settings.join("  ")));
    text
}

/// Skipped triples by reason, the data sets of a trainer and a model together.
fn skipped(skipped: &[Skipped]) -> String {
    /// Data sets by trainer and model.
    type Pairs<'a> = Vec<(String, Vec<&'a str>)>;
    let mut reasons: Vec<(&str, Pairs<'_>)> = Vec::new();
    for s in skipped {
        let pair = format!("{} {}", s.trainer, s.model);
        let index = reasons
            .iter()
            .position(|(reason, _)| *reason == s.reason)
            .unwrap_or_else(|| {
                reasons.push((&s.reason, Vec::new()));
                reasons.len() - 1
            });
        let pairs = &mut reasons[index].1;
        match pairs.iter_mut().find(|(known, _)| *known == pair) {
            Some((_, datasets)) => datasets.push(&s.dataset),
            None => pairs.push((pair, vec![&s.dataset])),
        }
    }
    if reasons.is_empty() {
        return String::new();
    }
    let mut text = format!("\nSkipped ({}):\n", skipped.len());
    for (reason, pairs) in reasons {
        text.push_str(&format!("  {reason}\n"));
        text.extend(
            pairs
                .iter()
                .map(|(pair, datasets)| format!("      {pair}: {}\n", datasets.join(", "))),
        );
    }
    text
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
