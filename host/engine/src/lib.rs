//! The engine: from the graph of a model family to a network that runs, learns and is measured.

mod graph;

pub use graph::info_of;
