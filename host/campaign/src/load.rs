//! From sources to a campaign.
use crate::{Campaign, CampaignSource, Problems, problem::Problem};
use neurotrain_plugin_api::Component;

/// Reads, expands, resolves and checks a campaign.
pub fn load(_source: &CampaignSource, _components: &[Component]) -> Result<Campaign, Problems> {
    Err(Problem::new("campaigns cannot be loaded yet").into())
}
