//! What will run: experiments checked by their plugins, with their ids.

use super::campaign::CampaignRequest;
use super::execute::broken;
use crate::check::{Accepted, ComponentRef, Question, Verdict, ask};
use crate::cost::FrozenTable;
use crate::report::RunResult;
use crate::runtime::DataSearch;
use crate::worker::spec::{PluginFile, RunSpec};
use neurotrain_campaign::{Campaign, Experiment};
use neurotrain_discovery::{PluginEntry, Registry};
use neurotrain_plugin_api::{DatasetInfo, Error, Result};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A checked campaign.
#[derive(Debug)]
pub(super) struct Plan {
    /// What will run; threads are decided later.
    pub(super) specs: Vec<RunSpec>,
    /// What is known of the network and the data of each.
    pub(super) accepted: Vec<Accepted>,
    /// What cannot run because a plugin or the data is broken.
    pub(super) broken: Vec<RunResult>,
}

/// Checks every experiment. Refused triples of a matrix move to `campaign.skipped`; one that was asked for by
/// name is an error.
pub(super) fn plan(
    campaign: &mut Campaign,
    request: &CampaignRequest,
    data: &DataSearch,
    cost: &FrozenTable,
) -> Result<Plan> {
    let registry = &request.registry;
    let questions: Vec<Question> = campaign
        .experiments
        .iter()
        .map(|e| question(registry, e))
        .collect::<Result<_>>()?;
    let verdicts = ask(&questions, data, request.launch.stall)?;
    let by_name: BTreeMap<String, (Question, Verdict)> = campaign
        .experiments
        .iter()
        .map(|e| e.name.clone())
        .zip(questions.into_iter().zip(verdicts))
        .collect();
    campaign.refuse(|experiment| match by_name.get(&experiment.name) {
        Some((_, Verdict::Refused { reason })) => Some(reason.clone()),
        _ => None,
    })?;
    let requested = (campaign.text.clone(), format_of(campaign));
    let mut plan = Plan {
        specs: Vec::new(),
        accepted: Vec::new(),
        broken: Vec::new(),
    };
    for experiment in &campaign.experiments {
        match by_name.get(&experiment.name) {
            Some((question, Verdict::Accepted(accepted))) => {
                let files =
                    [&question.trainer, &question.model, &question.dataset].map(|part| part.plugin.clone());
                let spec = RunSpec::new(
                    &campaign.name,
                    experiment.clone(),
                    files,
                    (data.clone(), data_hash(&accepted.dataset)),
                    requested.clone(),
                    cost.clone(),
                );
                plan.specs.push(spec);
                plan.accepted.push((**accepted).clone());
            }
            Some((_, Verdict::Broken(failure))) => plan.broken.push(broken(experiment, failure.clone())),
            _ => {
                return Err(Error::new(
                    "host-fault",
                    format!("experiment `{}` was not checked", experiment.name),
                ));
            }
        }
    }
    Ok(plan)
}

fn question(registry: &Registry, experiment: &Experiment) -> Result<Question> {
    let part = |kind: &str, key: &str, config: &Map<String, Value>| -> Result<ComponentRef> {
        let found = registry.component(kind, key)?;
        Ok(ComponentRef {
            key: key.to_owned(),
            config: config.clone(),
            cpu_only: found.component.cpu_slices,
            plugin: plugin_file(found.plugin)?,
        })
    };
    Ok(Question {
        trainer: part("trainer", &experiment.trainer, &experiment.trainer_config)?,
        model: part("model", &experiment.model, &experiment.model_config)?,
        dataset: part("dataset", &experiment.dataset, &experiment.dataset_config)?,
        device: experiment.runtime.device.clone(),
        dtype: experiment.runtime.dtype.clone(),
    })
}

/// The file of a plugin that was probed.
pub(crate) fn plugin_file(plugin: &PluginEntry) -> Result<PluginFile> {
    let unprobed = || Error::new("host-fault", format!("{} was not probed", plugin.path.display()));
    let manifest = plugin.manifest.as_ref().ok_or_else(unprobed)?;
    Ok(PluginFile {
        path: std::path::absolute(&plugin.path)?,
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        sha256: plugin.sha256.clone().ok_or_else(unprobed)?,
    })
}

/// One hash of all files of a data set.
fn data_hash(info: &DatasetInfo) -> String {
    let mut hash = Sha256::new();
    for file in &info.files {
        hash.update(format!("{} {} {}\n", file.name, file.bytes, file.sha256));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn format_of(campaign: &Campaign) -> String {
    let extension = campaign
        .file
        .as_ref()
        .and_then(|file| file.rsplit_once('.'))
        .map_or("", |(_, e)| e);
    match extension.to_ascii_lowercase().as_str() {
        "yml" => "yaml".to_owned(),
        other => other.to_owned(),
    }
}
