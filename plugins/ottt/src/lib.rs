//! Online training through time: `ottt`.

mod manifest;
mod objective;
mod presynaptic;
mod rule;

pub use rule::Ottt;

neurotrain_plugin_api::export_plugin!(trainers: [Ottt]);
