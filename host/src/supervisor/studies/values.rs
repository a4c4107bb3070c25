//! Values of a trial in the configuration of a run.

use crate::worker::spec::RunSpec;
use neurotrain_campaign::{Experiment, Origin, OriginKind};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Puts `values`, by dotted name, into the configuration, and says that they come from `source`.
pub(super) fn set(spec: &mut RunSpec, values: &BTreeMap<String, Value>, source: &str) {
    let experiment = &mut spec.experiment;
    for (name, value) in values {
        if let Some((block, key)) = name.split_once('.')
            && let Some(config) = block_of(experiment, block)
        {
            config.insert(key.to_owned(), value.clone());
            let origin = Origin {
                kind: OriginKind::Search,
                source: source.to_owned(),
            };
            experiment.origins.insert(name.clone(), origin);
        }
    }
    spec.identify();
}

/// The configured value of a parameter.
pub(super) fn get<'a>(experiment: &'a Experiment, name: &str) -> Option<&'a Value> {
    let (block, key) = name.split_once('.')?;
    match block {
        "trainer" => experiment.trainer_config.get(key),
        "model" => experiment.model_config.get(key),
        "dataset" => experiment.dataset_config.get(key),
        _ => None,
    }
}

fn block_of<'a>(experiment: &'a mut Experiment, block: &str) -> Option<&'a mut Map<String, Value>> {
    match block {
        "trainer" => Some(&mut experiment.trainer_config),
        "model" => Some(&mut experiment.model_config),
        "dataset" => Some(&mut experiment.dataset_config),
        _ => None,
    }
}
