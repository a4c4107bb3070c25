//! USPS: digits of postal codes, 16×16 grey levels, ten classes.

mod usps;

pub use usps::Usps;

neurotrain_plugin_api::export_plugin!(datasets: [Usps]);
