//! `neurotrain archive`: what runs have left, listed, checked, merged, compared and exported.
//!
//! Every command takes run files, run folders, campaign files and campaign folders; `places` finds the runs in them.

mod answer;
mod arguments;
mod attempts;
mod choice;
mod diff;
mod export;
mod leftovers;
mod list;
mod merge;
mod places;
mod rebuild;
mod show;
mod verify;

pub(crate) use answer::answer;
pub use arguments::ArchiveCommand;
