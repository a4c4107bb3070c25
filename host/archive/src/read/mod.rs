//! Reading a run file.

mod description;
mod metrics;
mod open;
mod parameters;
mod provenance;

pub use open::{NirView, StoredRun, open_run};
