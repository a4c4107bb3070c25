//! `neurotrain data`: which data sets are here, what is in them, and how to get the others.
//!
//! This process reads manifests and files and speaks to servers. Data sets are opened by their plugins, in a child
//! process (`child`) that may die of it.

mod activity;
mod answer;
mod arguments;
mod ask;
mod cache;
mod child;
mod cochlea;
mod draw;
mod examine;
mod fetch;
mod gallery;
mod info;
mod list;
mod places;
mod preview;
mod protocol;
mod samples;
mod selection;
mod stand_in;
mod verify;

pub(crate) use answer::answer;
pub use arguments::DataCommand;
pub(crate) use child::child;
