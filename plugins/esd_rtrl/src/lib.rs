//! Exponentially smoothed diagonal real-time recurrent learning: `esd_rtrl`.

mod eligibility;
mod manifest;
mod rule;
mod traces;

pub use rule::EsdRtrl;

neurotrain_plugin_api::export_plugin!(trainers: [EsdRtrl]);
