//! What came out of a campaign: the table at its end and the files beside its runs.

mod files;
mod groups;
mod result;
mod searches;
mod text;

pub(crate) use files::{csv, json};
pub(crate) use result::{Outcome, Results, RunResult};
pub(crate) use text::{text, without_start};
