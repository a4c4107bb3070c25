//! Online spatio-temporal learning with target projection: `osttp`.

mod eligibility;
mod manifest;
mod neuron;
mod readout;
mod rule;
mod update;

pub use rule::Osttp;

neurotrain_plugin_api::export_plugin!(trainers: [Osttp]);
