//! Deep continuous local learning: `decolle`.

mod classifier;
mod manifest;
mod rule;
mod traces;
mod upsampled;

pub use rule::Decolle;

neurotrain_plugin_api::export_plugin!(trainers: [Decolle]);
