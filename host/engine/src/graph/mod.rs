//! From the graph of a model family to a checked plan with layers.

mod attrs;
mod check;
mod kinds;
mod layers;
mod order;
mod plan;

pub(crate) use attrs::Standardise;
pub use check::info_of;
pub(crate) use check::plan_of;
pub(crate) use plan::{Layer, NodeId, Op, Plan, Role, Weights};

use neurotrain_plugin_api::Error;

/// An error about a node.
fn bad(node: &str, message: impl std::fmt::Display) -> Error {
    Error::new("bad-graph", format!("node `{node}`: {message}"))
}
