//! The append-only log of a run in progress.

mod line;
mod read;
mod record;
mod write;

pub use read::{Damage, LogContents};
pub use record::{LogEntry, LogRecord};
pub use write::RunLog;
