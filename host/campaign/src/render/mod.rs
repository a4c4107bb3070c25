//! Campaigns as text.
use crate::{Campaign, Experiment};

/// What would be run.
pub fn dry_run(campaign: &Campaign) -> String {
    campaign.name.clone()
}

/// Every value of an experiment and its origin.
pub fn show(experiment: &Experiment) -> String {
    experiment.name.clone()
}
