//! The lower layer that a worker, a check, the golden runner and the benchmarks share: plugins opened, their
//! components created, every error saying which plugin and which call it came from.
//!
//! Whoever uses it runs plugin code in its own process. The supervisor never does.

mod config;
mod data_search;
mod dataset;
mod frames;
mod model;
mod plugin;
mod services;
mod session;
mod trainer;

pub use config::config;
pub use data_search::DataSearch;
pub use dataset::OpenDataset;
pub(crate) use frames::{FrameSource, default_frame_folder, frame_cache};
pub use model::ModelFamily;
pub use plugin::Plugin;
pub use services::{ServiceSettings, services};
pub use session::{open_session, open_session_with};
pub use trainer::{Trained, Trainer};
