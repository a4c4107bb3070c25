//! Spiking time sparse feedback: `stsf`.

mod feedback;
mod manifest;
mod rule;

pub use rule::Stsf;

neurotrain_plugin_api::export_plugin!(trainers: [Stsf]);
