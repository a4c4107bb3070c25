//! Writing a run file.

mod description;
mod metrics;
mod parameters;
mod provenance;
mod run;

pub(crate) use description::CONVENTIONS;
pub use run::{Written, write_run, write_run_measured};
