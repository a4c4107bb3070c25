//! What is asked of a child, and what it measures.

use neurotrain_plugin_api::Component;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A rule and the networks to measure it on.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) rule: Part,
    pub(super) models: Vec<Part>,
}

/// A component and the file it comes from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    pub(super) component: Component,
}

/// From the child.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Message {
    /// Code of plugins is about to run on this network.
    Entering(String),
    /// What came out there.
    Done(Box<Measured>),
    /// Why nothing came out there.
    Failed(String),
    /// All networks are done.
    End,
}

/// One rule on one network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Measured {
    /// Key of the network.
    pub(super) model: String,
    /// Hidden layers.
    pub(super) hidden_layers: usize,
    /// With default parameters.
    pub(super) growth: Growth,
    /// With each value of a parameter `execution`.
    pub(super) forms: Vec<Form>,
    pub(super) credit: Credit,
}

impl Measured {
    /// The form called so, where the rule has it.
    pub(super) fn form(&self, execution: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.execution == execution)
    }
}

/// The rule computed in another way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Form {
    /// `sequence` or `online`.
    pub(super) execution: String,
    pub(super) growth: Growth,
    /// Whether it changes weights as the default form does, up to rounding.
    pub(super) same_updates: bool,
}

/// Memory, and the ways backwards that the host offers, over sequences of several lengths.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Growth {
    pub(super) bytes: Vec<Bytes>,
    /// Bytes of state per step, between the two longest sequences.
    pub(super) per_step: f64,
    /// What one bit for each neuron and sample would add per step.
    pub(super) bit_per_neuron: f64,
    /// Gradients with respect to the input of a layer that the rule asked for.
    pub(super) spatial_backprop: u64,
    /// Reverse sweeps over several steps that it asked for.
    pub(super) temporal_backprop: u64,
}

impl Growth {
    /// Whether state grows with the number of steps: by at least half a bit per neuron, sample and step.
    pub(super) fn grows(&self) -> bool {
        self.per_step >= 0.5 * self.bit_per_neuron
    }
}

/// Largest bytes while a batch is learnt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bytes {
    pub(super) steps: usize,
    pub(super) neuron_state: u64,
    pub(super) rule_state: u64,
    pub(super) activations: u64,
    pub(super) scratch: u64,
    pub(super) input: u64,
}

impl Bytes {
    /// What has to be constant where a rule says so.
    pub(super) fn state(&self) -> u64 {
        self.neuron_state + self.rule_state + self.activations
    }
}

/// What the updates of hidden layers depend on. `None`: could not be seen, see `notes`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Credit {
    /// Steps of the sequence.
    pub(super) steps: usize,
    /// Whether any layer is changed otherwise under other labels.
    pub(super) labels_anywhere: Option<bool>,
    /// Whether hidden layers are.
    pub(super) labels: Option<bool>,
    /// Whether hidden layers are changed otherwise where the readout has other weights.
    pub(super) readout: Option<bool>,
    /// Whether they depend on weights above that make no difference forwards.
    pub(super) transport: Option<bool>,
    /// Whether they depend on membranes or weights above behind which all spikes are the same.
    pub(super) chain: Option<bool>,
    /// Whether the rule trains parameters of its own that have an axis of classes.
    pub(super) own_classifier: bool,
    /// Whether the rule registered parameters of its own.
    pub(super) own_parameters: bool,
    /// Why something could not be seen.
    pub(super) notes: Vec<String>,
}
