//! Residual spiking networks: `resnet_snn`.

mod builder;
mod family;
mod manifest;

pub use family::ResnetSnn;

neurotrain_plugin_api::export_plugin!(models: [ResnetSnn]);
