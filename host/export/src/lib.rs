//! What other programs read of runs: tables as CSV, JSON and Parquet, curves as TensorBoard event files.
//!
//! - [`csv`], [`json`] and [`parquet`] give the bytes of a [`Table`](neurotrain_archive::Table).
//! - [`event_file`] gives the bytes of a run's event file, [`event_file_name`] what it is called.
//! - [`write_file`] puts bytes down, aside first and then renamed.

mod columns;
mod csv;
mod json;
mod tensorboard;
mod write;

pub use columns::parquet;
pub use csv::{csv, quoted};
pub use json::json;
pub use tensorboard::{event_file, event_file_name};
pub use write::write_file;
