//! Convolutional spiking networks: `conv_snn`.

mod family;
mod manifest;
mod maps;

pub use family::ConvSnn;

neurotrain_plugin_api::export_plugin!(models: [ConvSnn]);
