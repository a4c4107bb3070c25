//! Reading a run file.

mod description;
mod metrics;
mod open;
mod parameters;
mod provenance;

pub use open::{NirView, StoredRun, open_run};
pub(crate) use open::{check_layout, open_file, open_group};
