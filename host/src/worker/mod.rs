//! One run in a process of its own.

mod checkpoint;
mod course;
mod entry;
mod evaluation;
pub(crate) mod machine;
mod phases;
mod recording;
mod rehearsal;
mod reporter;
mod requests;
mod reserve;
mod setup;
mod tally;
mod training;
mod watch;

pub(crate) mod protocol;
pub(crate) mod spec;

pub(crate) use checkpoint::{FILE as CHECKPOINT_FILE, remove as remove_checkpoint};
pub(crate) use course::{kept_epoch, scores_of};
pub(crate) use entry::child;
pub(crate) use recording::initial_record as known_before_training;
pub(crate) use rehearsal::{Rehearsed, rehearse};
