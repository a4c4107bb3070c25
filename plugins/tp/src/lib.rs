//! Traces propagation: `tp`.

mod contrast;
mod conv;
mod manifest;
mod path;
mod rule;
mod student;
mod target;
mod windows;

pub use rule::Tp;

neurotrain_plugin_api::export_plugin!(trainers: [Tp]);
