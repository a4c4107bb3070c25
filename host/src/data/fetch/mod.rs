//! `neurotrain data fetch`.

mod command;
mod plan;
mod progress;

pub(super) use command::run;
