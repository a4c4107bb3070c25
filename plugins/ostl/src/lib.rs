//! Online spatio-temporal learning: `ostl`.

mod eligibility;
mod gain;
mod gradient;
mod history;
mod manifest;
mod past;
mod rule;
mod signal;

pub use rule::Ostl;

neurotrain_plugin_api::export_plugin!(trainers: [Ostl]);
