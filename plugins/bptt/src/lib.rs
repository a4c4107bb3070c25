//! Backpropagation through time with surrogate derivatives: `bptt`.

mod manifest;
mod objective;
mod rule;

pub use rule::Bptt;

neurotrain_plugin_api::export_plugin!(trainers: [Bptt]);
