//! Online spatio-temporal learning with target projection: `osttp`.

mod eligibility;
mod manifest;
mod neuron;
mod readout;
mod rule;

pub use rule::Osttp;

neurotrain_plugin_api::export_plugin!(trainers: [Osttp]);
