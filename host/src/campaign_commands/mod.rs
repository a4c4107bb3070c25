//! `neurotrain campaign`: campaigns handed to batch systems, and seen from another terminal.

mod answer;
mod arguments;
mod status;
mod submit;
mod watch;

pub(crate) use answer::answer;
pub use arguments::CampaignCommand;
