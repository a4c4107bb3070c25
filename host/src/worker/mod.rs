//! One run in a process of its own.

mod entry;
mod evaluation;
pub(crate) mod machine;
mod phases;
mod recording;
mod reporter;
mod reserve;
mod setup;
mod tally;
mod training;
mod watch;

pub(crate) mod protocol;
pub(crate) mod spec;

pub(crate) use entry::child;
