//! Spoken words as spikes of an artificial cochlea: SHD (digits) and SSC (commands).

mod keys;
mod words;

pub use keys::{Shd, Ssc};

neurotrain_plugin_api::export_plugin!(datasets: [Shd, Ssc]);
