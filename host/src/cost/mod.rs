//! The cost table of a campaign: where it comes from, and the form in which runs keep it.

mod cache;
mod frozen;
mod resolve;

pub(crate) use cache::{measure_and_store, stored};
pub(crate) use frozen::FrozenTable;
pub(crate) use resolve::{COST_TABLE_FILE, read_table, resolve, resolve_together};
