//! Whether a run's file is what was written.

mod everything;
mod file;
mod log;

pub use file::{Flaw, Verdict, verify_campaign, verify_run};
