//! CIFAR10-DVS: images of CIFAR-10 moved before an event camera.

mod dvscifar10;
mod published;

pub use dvscifar10::DvsCifar10;

neurotrain_plugin_api::export_plugin!(datasets: [DvsCifar10]);
