//! What lets an interrupted run go on to the same bytes.

mod file;
mod reached;
mod restore;
mod schedule;
mod snapshot;

pub(crate) use file::{FILE, remove};
pub(super) use file::{Saved, read, write};
pub(super) use reached::{PHASES, Reached, Within, figures, operations};
pub(super) use restore::restore_parameters;
pub(super) use schedule::Schedule;
pub(super) use snapshot::Snapshot;
