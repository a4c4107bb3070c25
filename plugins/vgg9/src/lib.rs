//! Deep convolutional spiking networks with standardised weights: `vgg9`.

mod family;
mod head;
mod manifest;
mod recipe;

pub use family::Vgg9;

neurotrain_plugin_api::export_plugin!(models: [Vgg9]);
