//! The network as a graph of the Neuromorphic Intermediate Representation (NIR 1.0, Pedersen et al. 2024,
//! doi:10.1038/s41467-024-52259-9).

mod attributes;
mod graph;
mod neuron;
mod shape;
mod splice;
mod view;
mod write;

pub(crate) use graph::NirGraph;
pub(crate) use view::view;
pub(crate) use write::write_graph;
