//! A campaign: expanded, checked, and run in child processes. No plugin code runs here.

mod archived_table;
mod campaign;
mod display;
mod execute;
mod finished;
pub(crate) mod folders;
mod launch;
mod plan;
mod pool;
mod reasons;
mod repeat;
mod sharing;
mod studies;
pub(crate) mod together;
mod work;

pub(crate) use campaign::{CampaignRequest, installed_components, outline, run_campaign};
pub(crate) use launch::LaunchOptions;
pub(crate) use plan::plugin_file;
pub(crate) use repeat::repeat_runs;
pub(crate) use sharing::Sharing;
pub(crate) use sharing::share;
pub(crate) use studies::SearchReport;
pub(crate) use together::{Mode, Shard, SharingOptions};
