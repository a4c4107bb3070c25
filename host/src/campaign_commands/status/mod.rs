//! What a campaign's folder says about its runs.

mod attempt;
mod estimate;
mod look;
mod show;
mod state;

pub(super) use look::Viewer;
pub(super) use show::{json, line, text};
