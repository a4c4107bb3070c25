//! Many runs in one file: each in a group of its own, copied or linked, and a table of all.
//!
//! | path | content |
//! |---|---|
//! | `/` | attributes: `Conventions`, `schema_version`, `producer`, `campaign`, `layout` (`merged` or `linked`) |
//! | `/summary` | the table of runs: a dataset per column along the dimension scale `run`, which names their groups |
//! | `/NAME` | a run, everything that its own file holds |
//! | `/studies/STUDY/NAME` | a trial of a search |

mod read;
mod summary;
mod write;

pub use read::{StoredCampaign, open_campaign, open_runs};
pub(crate) use write::CONVENTIONS;
pub use write::{CampaignMember, Content, write_campaign};

/// Version of the layout of a campaign file.
const SCHEMA_VERSION: &str = "1.0";
/// Group of the table.
const SUMMARY: &str = "summary";
/// Group of the trials of searches.
const STUDIES: &str = "studies";
/// Dimension scale of the table.
const RUN: &str = "run";
