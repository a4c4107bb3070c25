//! Several supervisors at one campaign, on one machine or many: who may take part, and who does which run.

mod failure;
mod member;
mod mode;
mod planned;
mod queue;
mod searches;

pub(crate) use failure::failure_of;
pub(super) use failure::latest_failure;
pub(crate) use member::{CLAIMS_FOLDER, Member, is_membership};
pub(crate) use mode::{Mode, Shard, SharingOptions};
pub(crate) use planned::{PLAN_FILE, Planned, PlannedRun};
pub(super) use queue::{Queue, Turn};
pub(super) use searches::{Searches, TakenSearch};
