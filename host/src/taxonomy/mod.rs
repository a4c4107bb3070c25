//! `neurotrain taxonomy`: what rules say about themselves, held against what the host can measure.

mod arguments;
mod ask;
mod child;
mod command;
mod credit;
mod forms;
mod growth;
mod judge;
mod measured;
mod problem;
mod report;
mod stage;
mod verdict;
mod weights;

pub(crate) use arguments::TaxonomyArgs;
pub(crate) use child::child;
pub(crate) use command::{examine, run};
pub(crate) use report::faults;
