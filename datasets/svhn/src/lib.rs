//! SVHN: house numbers photographed from the street, cut to single digits, 32×32 pixels in three colours.

mod digits;
mod mat;
mod svhn;

pub use svhn::Svhn;

neurotrain_plugin_api::export_plugin!(datasets: [Svhn]);
