//! e-prop for one recurrent layer of spiking neurons: `eprop`.

mod constants;
mod eligibility;
mod manifest;
mod readout;
mod rule;
mod stream;
mod trace;

pub use rule::EProp;

neurotrain_plugin_api::export_plugin!(trainers: [EProp]);
