//! Campaigns as a user of the crate sees them.

mod catalogue;
mod expansion;
mod faults;
mod formats;
mod fuzz;
mod identity;
mod neurotrain_files;
mod own_files;
mod precedence;
mod refusal;
mod rendering;
mod searches;

use neurotrain_campaign::{Campaign, CampaignSource, Experiment, Format, Problems, load};
use serde_json::Value;

/// A YAML campaign over the whole catalogue.
pub(crate) fn yaml(content: &str) -> CampaignSource {
    CampaignSource::text("test.yaml", Format::Yaml, content)
}

pub(crate) fn loaded(source: &CampaignSource) -> Campaign {
    load(source, &catalogue::neurotrain()).unwrap_or_else(|problems| panic!("{problems}"))
}

pub(crate) fn faults(source: &CampaignSource) -> Problems {
    match load(source, &catalogue::neurotrain()) {
        Ok(_) => panic!("accepted, but must be refused"),
        Err(problems) => problems,
    }
}

/// The only experiment.
pub(crate) fn one(source: &CampaignSource) -> Experiment {
    let mut campaign = loaded(source);
    assert_eq!(campaign.experiments.len(), 1, "one experiment is wanted");
    campaign.experiments.remove(0)
}

/// A value by dotted name.
pub(crate) fn value(experiment: &Experiment, name: &str) -> Value {
    let (block, key) = name.split_once('.').expect("a dotted name");
    let config = match block {
        "trainer" => &experiment.trainer_config,
        "model" => &experiment.model_config,
        "dataset" => &experiment.dataset_config,
        "runtime" => return serde_json::to_value(&experiment.runtime).expect("plain data")[key].clone(),
        other => panic!("no block {other}"),
    };
    config.get(key).unwrap_or_else(|| panic!("no {name}")).clone()
}

pub(crate) fn origin(experiment: &Experiment, name: &str) -> String {
    experiment.origins[name].source.clone()
}
