//! A campaign: expanded, checked, and run in child processes. No plugin code runs here.

mod archived_table;
mod campaign;
mod display;
mod execute;
mod finished;
pub(crate) mod folders;
mod plan;
mod pool;
mod reasons;
mod repeat;
mod sharing;
mod studies;
mod work;

pub(crate) use sharing::Sharing;
pub(crate) use campaign::{CampaignRequest, LaunchOptions, installed_components, run_campaign};
pub(crate) use plan::plugin_file;
pub(crate) use repeat::repeat_runs;
pub(crate) use studies::SearchReport;
