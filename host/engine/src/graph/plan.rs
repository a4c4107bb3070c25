//! A checked graph, ready to be run.

use super::attrs::Standardise;
use neurotrain_plugin_api::{Init, NetworkInfo};

/// Position of a node in [`Plan::nodes`].
pub(crate) type NodeId = usize;

/// A checked graph: nodes in an order in which they can be computed, and the layers that they form.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) nodes: Vec<PlanNode>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) inits: Vec<Init>,
    pub(crate) info: NetworkInfo,
}

/// A node with its place in the order of computation.
#[derive(Debug, Clone)]
pub(crate) struct PlanNode {
    pub(crate) name: String,
    pub(crate) op: Op,
    pub(crate) inputs: Vec<NodeId>,
    /// Shape of one sample of its output.
    pub(crate) shape: Vec<usize>,
    pub(crate) role: Role,
    /// Number of nodes that read its value, outside the layer that it belongs to.
    pub(crate) readers: usize,
}

/// What a node computes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op {
    Input,
    Output,
    Flatten,
    Add,
    Scale(f64),
    Linear(Weights),
    Conv2d {
        weights: Weights,
        stride: [usize; 2],
        padding: [usize; 2],
    },
    MaxPool {
        kernel: [usize; 2],
        stride: [usize; 2],
    },
    AvgPool {
        kernel: [usize; 2],
        stride: [usize; 2],
    },
    AdaptiveAvgPool {
        output: [usize; 2],
    },
    Neuron,
    /// A kind of the model plugin's own, with the node as JSON; `weights` makes it a synapse.
    Custom {
        json: String,
        weights: Option<Weights>,
    },
}

impl Op {
    /// The parameters of a synapse.
    pub(crate) fn weights(&self) -> Option<&Weights> {
        match self {
            Op::Linear(weights) | Op::Conv2d { weights, .. } => Some(weights),
            Op::Custom { weights, .. } => weights.as_ref(),
            _ => None,
        }
    }
}

/// Parameters of a synapse, by index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Weights {
    pub(crate) weight: usize,
    pub(crate) bias: Option<usize>,
    pub(crate) standardise: Option<Standardise>,
}

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Between layers.
    Free,
    /// The synapse of a layer, which computes the layer when it is reached.
    Synapse(usize),
    /// Between the synapse and the neurons of a layer, or the neurons themselves.
    Inside(usize),
}

/// A layer as nodes.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) synapse: NodeId,
    /// Nodes that the current passes on its way to the neurons, in order.
    pub(crate) current_path: Vec<NodeId>,
    /// The node whose value is the layer's spikes: the neuron, or the synapse when there is none.
    pub(crate) boundary: NodeId,
    /// The node whose value the next layers see, after scaling and pooling.
    pub(crate) output: NodeId,
}
