//! FSDD: spoken digits in English, as spikes of an artificial cochlea.

mod fsdd;
mod heard;
mod recordings;

pub use fsdd::Fsdd;

neurotrain_plugin_api::export_plugin!(datasets: [Fsdd]);
