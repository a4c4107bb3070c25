//! Backpropagation through time with surrogate derivatives: `bptt`.

mod gradients;
mod manifest;
mod objective;
mod rule;
mod schedule;

pub use rule::Bptt;

neurotrain_plugin_api::export_plugin!(trainers: [Bptt]);
