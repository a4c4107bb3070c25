//! Asks plugins, in a child process, what a campaign needs to know before it starts: whether the data are
//! there, what network a model builds, and whether the rule accepts it.

mod ask;
mod child;
mod protocol;

pub(crate) use ask::ask;
pub(crate) use child::child;
pub(crate) use protocol::{Accepted, ComponentRef, Question, Verdict};
