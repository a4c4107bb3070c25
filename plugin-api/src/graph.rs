//! The network graph that a model family returns.

use crate::Surrogate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A network as named nodes and edges, in the vocabulary of NIR where it has one.
///
/// Node kinds of API 1.0 and their attributes:
///
/// | kind | attributes |
/// |---|---|
/// | `input` | `shape` (one sample, no batch) |
/// | `flatten` | – |
/// | `linear` | `weight` (parameter, `[out, in]`), `bias` optional, `standardise` optional |
/// | `conv2d` | `weight` (`[O, I, kh, kw]`), `stride`, `padding`, `bias`, `standardise` optional |
/// | `recurrent` | `weight` (`[n, n]`), `bias` optional; fed by a neuron and feeding the same neuron one step later |
/// | `lif` | `beta`, `threshold`, `reset` (`subtract`, `zero`, `none`), `reset_order` (`delayed`, `immediate`), `surrogate` |
/// | `integrator` | `beta` (1 = perfect integrator); never spikes |
/// | `max_pool2d`, `avg_pool2d` | `kernel`, `stride` |
/// | `adaptive_avg_pool2d` | `output` (`[h, w]`) |
/// | `scale` | `factor` |
/// | `add` | – (sum of its inputs) |
/// | `output` | – |
///
/// `standardise` is `{gain, eps, unbiased}`. A kind with a dot in its name (`acme.gate`) is the model
/// plugin's own: the host calls its `node_forward` and `node_vjp`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// Family of networks for compatibility: `fc`, `rec`, `conv`, `vgg9`, …
    pub net_type: String,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// Directed edges between node names.
    pub edges: Vec<(String, String)>,
    /// The parameters, in the order in which they are numbered.
    pub params: Vec<ParamSpec>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Unique name.
    pub name: String,
    /// What it computes.
    pub kind: String,
    /// Its attributes.
    #[serde(default)]
    pub attrs: Map<String, Value>,
}

/// A trainable array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParamSpec {
    /// Name, for instance `synapses.0.weight`.
    pub name: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// How it starts.
    pub init: Init,
}

/// Initial distribution of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Init {
    /// Uniform in `[-bound, bound)`.
    Uniform {
        /// Largest magnitude.
        bound: f64,
    },
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// One value everywhere.
    Constant {
        /// The value.
        value: f64,
    },
}

impl Init {
    /// Uniform within `1 / sqrt(fan_in)`, the usual start of linear and convolutional layers.
    pub fn fan_in(fan_in: usize) -> Self {
        Init::Uniform {
            bound: 1.0 / (fan_in.max(1) as f64).sqrt(),
        }
    }
}

/// Parameters of a spiking neuron node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lif {
    /// Membrane decay per step, in `[0, 1]`.
    pub beta: f64,
    /// Firing threshold.
    pub threshold: f64,
    /// `subtract`, `zero` or `none`.
    pub reset: String,
    /// `delayed`: the reset of a spike acts one step later; `immediate`: at once.
    pub reset_order: String,
    /// Surrogate derivative used by the network.
    pub surrogate: Surrogate,
}

impl Graph {
    /// An empty graph of a network family.
    pub fn new(net_type: &str) -> Self {
        Graph {
            net_type: net_type.to_owned(),
            ..Graph::default()
        }
    }

    /// Adds a node fed by `from`; returns its name for chaining.
    pub fn node(&mut self, name: &str, kind: &str, attrs: Value, from: &[&str]) -> String {
        let attrs = match attrs {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        self.nodes.push(Node {
            name: name.to_owned(),
            kind: kind.to_owned(),
            attrs,
        });
        for source in from {
            self.edges.push(((*source).to_owned(), name.to_owned()));
        }
        name.to_owned()
    }

    /// Adds an edge.
    pub fn edge(&mut self, from: &str, to: &str) {
        self.edges.push((from.to_owned(), to.to_owned()));
    }

    /// Declares a parameter.
    pub fn param(&mut self, name: &str, shape: &[usize], init: Init) {
        self.params.push(ParamSpec {
            name: name.to_owned(),
            shape: shape.to_vec(),
            init,
        });
    }

    /// Adds the input node for samples of `shape`.
    pub fn input(&mut self, shape: &[usize]) -> String {
        self.node("input", "input", json!({ "shape": shape }), &[])
    }

    /// Adds a linear node without bias and declares its weight `[out, in]`, started by [`Init::fan_in`].
    pub fn linear(&mut self, name: &str, weight: &str, inputs: usize, outputs: usize, from: &str) -> String {
        self.param(weight, &[outputs, inputs], Init::fan_in(inputs));
        self.node(name, "linear", json!({ "weight": weight }), &[from])
    }

    /// Adds a spiking neuron node.
    pub fn lif(&mut self, name: &str, neuron: &Lif, from: &str) -> String {
        let attrs = serde_json::to_value(neuron).unwrap_or_default();
        self.node(name, "lif", attrs, &[from])
    }

    /// Adds an integrator node `u_t = beta u_{t-1} + I_t`, which never spikes.
    pub fn integrator(&mut self, name: &str, beta: f64, from: &str) -> String {
        self.node(name, "integrator", json!({ "beta": beta }), &[from])
    }

    /// Marks `from` as the readout.
    pub fn output(&mut self, from: &str) -> String {
        self.node("output", "output", json!({}), &[from])
    }
}
