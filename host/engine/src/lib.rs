//! The engine: from the graph of a model family to a network that runs, learns and is measured.
//!
//! A [`Network`] answers every network operation of the plugin boundary. Layers are computed event by event where spikes
//! are sparse; whole sequences run layer by layer, one product for all steps. Parameters, temporal state and the record of
//! the last step or sequence belong to the network alone.

mod carried;
mod core;
mod credit;
mod custom;
mod dispatch;
mod evaluate;
mod fields;
mod forward;
mod graph;
mod init;
mod network;
mod neuron;
mod nodes;
mod operands;
mod params;
mod plasticity;
mod profile;
mod scalar;
mod shape;
mod standardise;
mod state;
mod sweep;
mod synapse;
mod updates;

pub use graph::info_of;
pub use network::{NamedParam, Network};
pub use params::ParamKind;
pub use state::Activity;
