//! Event-based three-factor local plasticity: `etlp`.

mod feedback;
mod manifest;
mod rule;
mod teaching;
mod traces;
mod update;

pub use rule::Etlp;

neurotrain_plugin_api::export_plugin!(trainers: [Etlp]);
