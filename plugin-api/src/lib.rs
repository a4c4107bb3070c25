//! The stable boundary between the `neurotrain` host and its plugins.
//!
//! DOCS-TODO

pub mod abi;
mod batch;
mod bundle;
mod compat;
mod component;
mod context;
mod credit;
mod dataset;
mod error;
pub mod export;
mod graph;
mod manifest;
mod network;
mod optim;
mod plasticity;
pub mod rng;
mod schema;
mod scores;
mod surrogate;
mod tensor;
mod tensor_ops;

pub use abi::Bundle;
pub use batch::{Batch, Report};
pub use component::{Model, Trainer};
pub use context::{Ctx, Level};
pub use credit::Credit;
pub use dataset::{Dataset, DatasetInfo, FileInfo, Samples, coding_params};
pub use error::{Error, Result};
pub use graph::{Graph, Init, Lif, Node, ParamSpec};
pub use manifest::{Component, Paper, PluginManifest, Taxonomy};
pub use network::{Field, LayerInfo, Matrix, Network, NetworkInfo, NeuronInfo, ParamInfo, RecurrentInfo};
pub use optim::Optimizer;
pub use plasticity::Plasticity;
pub use schema::{Config, ParamSchema};
pub use scores::Scores;
pub use serde_json;
pub use surrogate::Surrogate;
pub use tensor::{DType, Shape, Tensor};
