//! Learning with trained local classifiers: `ell`, `bell` and `fell`.

mod bell;
mod classifier;
mod ell;
mod fell;
mod local;
mod manifest;
mod slope;

pub use bell::Bell;
pub use ell::Ell;
pub use fell::Fell;

neurotrain_plugin_api::export_plugin!(trainers: [Ell, Bell, Fell]);
