//! CIFAR-10: photographs of ten kinds of things, 32×32 pixels in three colours.
//!
//! Read from the binary or the python version, unpacked or inside the official archive.

mod cifar10;
mod part;
mod pickle;
mod published;
mod records;
mod source;

pub use cifar10::Cifar10;

neurotrain_plugin_api::export_plugin!(datasets: [Cifar10]);
