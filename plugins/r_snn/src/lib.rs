//! Recurrent spiking networks: `r_snn`.

mod family;

pub use family::RSnn;

neurotrain_plugin_api::export_plugin!(models: [RSnn]);
