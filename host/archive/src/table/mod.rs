//! Runs as tables: one row per run, or one per epoch.

mod column;
mod epochs;
mod runs;

pub use column::{Column, Table, Values};
pub use epochs::epochs_table;
pub use runs::{TableRow, runs_table};
