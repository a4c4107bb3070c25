//! DVS128 Gesture: hand and arm gestures of 29 people, seen by an event camera.

mod dvsgesture;
mod original;
mod published;
mod repacked;

pub use dvsgesture::DvsGesture;

neurotrain_plugin_api::export_plugin!(datasets: [DvsGesture]);
