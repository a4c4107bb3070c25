//! Fully connected spiking networks: `fc_snn`.

mod family;

pub use family::FcSnn;

neurotrain_plugin_api::export_plugin!(models: [FcSnn]);
