//! UCI handwritten digits: 8×8 grey levels, ten classes, 1797 samples, bundled.

mod csv;
mod digits;

pub use digits::Digits;

neurotrain_plugin_api::export_plugin!(datasets: [Digits]);
