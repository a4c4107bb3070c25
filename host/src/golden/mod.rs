//! `neurotrain golden DIR`: replays recorded numeric traces through the plugins as loaded.

mod arguments;
mod case;
mod command;
mod replay;
mod report;
mod verdict;

pub use arguments::GoldenArgs;
pub use command::{child, run};
