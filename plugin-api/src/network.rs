//! The network under training, seen as layers.

use crate::abi::{Args, RawNetworkBox, ops};
use crate::tensor::{missing_result, with_raw};
use crate::{Error, Plasticity, Result, Surrogate, Tensor};
use serde::{Deserialize, Serialize};

/// The layer view of a network: what a rule sees of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkInfo {
    /// Family: `fc`, `rec`, `conv`, `vgg9`, …
    pub net_type: String,
    /// Shape of one input sample at one step.
    pub input_shape: Vec<usize>,
    /// Number of classes.
    pub classes: usize,
    /// Parameters of the network, by index.
    pub params: Vec<ParamInfo>,
    /// Layers from input to readout, in topological order; the readout is last.
    pub layers: Vec<LayerInfo>,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParamInfo {
    /// Name, for instance `synapses.0.weight`.
    pub name: String,
    /// Shape.
    pub shape: Vec<usize>,
}

/// A layer: a synapse, its neurons, and what lies between them and the next layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerInfo {
    /// Position, from 0.
    pub index: usize,
    /// Name of the neuron node.
    pub name: String,
    /// `linear`, `conv2d`, or a plugin's own kind.
    pub synapse: String,
    /// Parameter index of the feed-forward weight.
    pub weight: usize,
    /// Parameter index of the feed-forward bias.
    #[serde(default)]
    pub bias: Option<usize>,
    /// The recurrent matrix onto the layer itself.
    #[serde(default)]
    pub recurrent: Option<RecurrentInfo>,
    /// The neurons.
    pub neuron: NeuronInfo,
    /// Shape of the presynaptic input of one sample (flattened for a linear synapse).
    pub input_shape: Vec<usize>,
    /// Shape of the current, the membrane and the spikes of one sample.
    pub shape: Vec<usize>,
    /// Shape of what the next layers see (after scaling and pooling).
    pub output_shape: Vec<usize>,
    /// The layers whose spikes reach this one; empty when it is fed by the network's input alone.
    pub sources: Vec<usize>,
    /// Whether the network's input feeds it.
    pub from_input: bool,
    /// Whether this is the readout.
    pub readout: bool,
}

/// The recurrent synapse of a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecurrentInfo {
    /// Parameter index of the matrix `[n, n]`.
    pub weight: usize,
    /// Parameter index of its bias `[n]`.
    #[serde(default)]
    pub bias: Option<usize>,
}

/// The neurons of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NeuronInfo {
    /// `lif`, `integrator` or `none` (the current itself is the output).
    pub kind: String,
    /// Membrane decay per step.
    pub beta: f64,
    /// Threshold; infinite for an integrator is written as 1e9.
    pub threshold: f64,
    /// `subtract`, `zero` or `none`.
    pub reset: String,
    /// `delayed` or `immediate`.
    pub reset_order: String,
    /// The network's surrogate derivative; [`Surrogate::Unknown`] where the host is newer than the plugin
    /// and knows more kinds.
    #[serde(deserialize_with = "Surrogate::or_unknown")]
    pub surrogate: Surrogate,
}

impl LayerInfo {
    /// Number of neurons.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the layer emits spikes.
    pub fn spiking(&self) -> bool {
        self.neuron.kind == "lif"
    }

    /// Whether the membrane reported after a spike is already reset (see [`Field::Reported`]).
    pub fn resets_at_once(&self) -> bool {
        self.neuron.reset_order == "immediate"
    }
}

/// What can be read of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The presynaptic input `x_t`.
    Input = 0,
    /// The feed-forward current, pooled where the layer pools it. Read it before the layer's weights change: it may be
    /// computed anew.
    Current = 1,
    /// The membrane that was compared with the threshold, before any immediate reset.
    Membrane = 2,
    /// The membrane the reference's trainers see: after the reset for neurons that reset at once.
    Reported = 3,
    /// The spikes `s_t`.
    Spikes = 4,
    /// What the next layers see.
    Output = 5,
    /// The network's surrogate derivative at [`Field::Membrane`].
    Surrogate = 6,
    /// The spikes of the previous step `s_{t-1}`: the input of the recurrent matrix.
    PreviousSpikes = 7,
}

impl Field {
    /// From the code that crosses the boundary.
    pub fn from_code(code: i64) -> Option<Self> {
        use Field::{Current, Input, Membrane, Output, PreviousSpikes, Reported, Spikes, Surrogate};
        [
            Input,
            Current,
            Membrane,
            Reported,
            Spikes,
            Output,
            Surrogate,
            PreviousSpikes,
        ]
        .into_iter()
        .find(|f| *f as i64 == code)
    }
}

/// Which matrix of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matrix {
    /// From the presynaptic input.
    FeedForward = 0,
    /// From the layer's own spikes of the previous step.
    Recurrent = 1,
}

/// A network that the host runs; a handle.
///
/// States belong to this network alone; nothing is global. `step` continues from the current state: call
/// [`reset`](Network::reset) at the start of every batch. `run` starts from cleared state.
pub struct Network {
    raw: RawNetworkBox,
    info: NetworkInfo,
}

/// What the neurons of a network carry from one step to the next.
#[derive(Debug, Clone)]
pub struct NetworkState(Vec<Tensor>);

impl Network {
    /// Wraps the host's handle; called by the export macro.
    pub fn from_raw(raw: RawNetworkBox) -> Result<Self> {
        let info = serde_json::from_str(raw.describe().as_str())?;
        Ok(Network { raw, info })
    }

    /// The layer view.
    pub fn info(&self) -> &NetworkInfo {
        &self.info
    }

    /// All layers, input side first.
    pub fn layers(&self) -> &[LayerInfo] {
        &self.info.layers
    }

    /// The hidden layers.
    pub fn hidden(&self) -> &[LayerInfo] {
        &self.info.layers[..self.info.layers.len().saturating_sub(1)]
    }

    /// The readout layer.
    pub fn readout(&self) -> Result<&LayerInfo> {
        self.info
            .layers
            .last()
            .ok_or_else(|| Error::refused("the network has no layer"))
    }

    /// Clears all temporal state for a batch of `batch` samples.
    pub fn reset(&self, batch: usize) -> Result<()> {
        self.unit(ops::NET_RESET, &[], &[], &[batch as i64], "")
    }

    /// Advances one step on `x [B, ..]`.
    pub fn step(&self, x: &Tensor) -> Result<()> {
        self.unit(ops::NET_STEP, &[x], &[], &[], "")
    }

    /// Runs a whole sequence `x [T, B, ..]` from cleared state, layer by layer, keeping the record that
    /// [`field`](Network::field) and [`neuron_adjoint`](Network::neuron_adjoint) read.
    pub fn run(&self, x: &Tensor) -> Result<()> {
        self.unit(ops::NET_RUN, &[x], &[], &[1], "")
    }

    /// Runs a whole sequence keeping only the readout's fields.
    pub fn run_readout(&self, x: &Tensor) -> Result<()> {
        self.unit(ops::NET_RUN, &[x], &[], &[0], "")
    }

    /// Runs a segment `x [S, B, ..]` of a sequence from the state that the last call left, keeping its record.
    pub fn run_on(&self, x: &Tensor) -> Result<()> {
        self.unit(ops::NET_RUN_ON, &[x], &[], &[1], "")
    }

    /// As [`run_on`](Network::run_on), keeping only the readout's fields.
    pub fn run_on_readout(&self, x: &Tensor) -> Result<()> {
        self.unit(ops::NET_RUN_ON, &[x], &[], &[0], "")
    }

    /// What the neurons carry to the next step; later steps do not change it.
    pub fn state(&self) -> Result<NetworkState> {
        Ok(NetworkState(self.many(ops::NET_STATE, &[], &[], &[], "")?))
    }

    /// Goes back to a state.
    pub fn set_state(&self, state: &NetworkState) -> Result<()> {
        let tensors: Vec<&Tensor> = state.0.iter().collect();
        self.unit(ops::NET_SET_STATE, &tensors, &[], &[], "")
    }

    /// A field of `layer`: `[B, ..]` after a step, `[T, B, ..]` after a run.
    pub fn field(&self, layer: &LayerInfo, field: Field) -> Result<Tensor> {
        self.one(ops::NET_FIELD, &[], &[], &[layer.index as i64, field as i64], "")
    }

    /// Spikes of `layer`.
    pub fn spikes(&self, layer: &LayerInfo) -> Result<Tensor> {
        self.field(layer, Field::Spikes)
    }

    /// Presynaptic input of `layer`.
    pub fn input(&self, layer: &LayerInfo) -> Result<Tensor> {
        self.field(layer, Field::Input)
    }

    /// The synapse of `layer` applied to `x` with its current weights (and pooled as the layer pools).
    pub fn current(&self, layer: &LayerInfo, x: &Tensor) -> Result<Tensor> {
        self.one(ops::NET_CURRENT, &[x], &[], &[layer.index as i64], "")
    }

    /// Reverse sweep through the neurons of `layer` over the recorded sequence, including the layer's own
    /// recurrence: from gradients with respect to spikes and reported membranes to the gradient with respect
    /// to the input current, all `[T, B, ..]`.
    pub fn neuron_adjoint(
        &self,
        layer: &LayerInfo,
        spikes: Option<&Tensor>,
        membrane: Option<&Tensor>,
        detach_reset: bool,
    ) -> Result<Tensor> {
        self.neuron_adjoint_on(layer, spikes, membrane, None, detach_reset)
    }

    /// As [`neuron_adjoint`](Network::neuron_adjoint) for a segment of a longer sequence: `next [B, ..]` is the
    /// gradient with respect to the current of the step after the record, `None` for the last segment.
    pub fn neuron_adjoint_on(
        &self,
        layer: &LayerInfo,
        spikes: Option<&Tensor>,
        membrane: Option<&Tensor>,
        next: Option<&Tensor>,
        detach_reset: bool,
    ) -> Result<Tensor> {
        let flags = [
            layer.index as i64,
            i64::from(detach_reset),
            i64::from(spikes.is_some()),
            i64::from(membrane.is_some()),
        ];
        let op = match next {
            Some(_) => ops::NET_NEURON_ADJOINT_ON,
            None => ops::NET_NEURON_ADJOINT,
        };
        let given: Vec<&Tensor> = spikes.into_iter().chain(membrane).chain(next).collect();
        self.one(op, &given, &[], &flags, "")
    }

    /// Gradient of a matrix of `layer`: `post` is the gradient with respect to the input current, `pre` the
    /// presynaptic activity; summed over batch (and time when given).
    pub fn weight_grad(
        &self,
        layer: &LayerInfo,
        matrix: Matrix,
        post: &Tensor,
        pre: &Tensor,
    ) -> Result<Tensor> {
        self.weight_grad_by(ops::NET_WEIGHT_GRAD, layer, matrix, post, pre)
    }

    /// As [`weight_grad`](Network::weight_grad) without the derivative of weight standardisation: the gradient
    /// with respect to the weights as they enter the product. The same where nothing is standardised.
    pub fn weight_grad_raw(
        &self,
        layer: &LayerInfo,
        matrix: Matrix,
        post: &Tensor,
        pre: &Tensor,
    ) -> Result<Tensor> {
        self.weight_grad_by(ops::NET_WEIGHT_GRAD_RAW, layer, matrix, post, pre)
    }

    fn weight_grad_by(
        &self,
        op: u32,
        layer: &LayerInfo,
        matrix: Matrix,
        post: &Tensor,
        pre: &Tensor,
    ) -> Result<Tensor> {
        let ints = [layer.index as i64, matrix as i64];
        self.one(op, &[post, pre], &[], &ints, "")
    }

    /// Spatial backpropagation: from the gradient with respect to the input current of `layer` to the
    /// gradients with respect to the spikes of each of its source layers, as `(layer index, gradient)`.
    pub fn input_grad(&self, layer: &LayerInfo, post: &Tensor) -> Result<Vec<(usize, Tensor)>> {
        self.input_grad_by(ops::NET_INPUT_GRAD, layer, post)
    }

    /// As [`input_grad`](Network::input_grad), through the stored weights instead of the standardised ones
    /// that the layer uses forward. The same where nothing is standardised.
    pub fn input_grad_raw(&self, layer: &LayerInfo, post: &Tensor) -> Result<Vec<(usize, Tensor)>> {
        self.input_grad_by(ops::NET_INPUT_GRAD_RAW, layer, post)
    }

    fn input_grad_by(&self, op: u32, layer: &LayerInfo, post: &Tensor) -> Result<Vec<(usize, Tensor)>> {
        if layer.sources.is_empty() {
            return Ok(Vec::new());
        }
        let out = self.many(op, &[post], &[], &[layer.index as i64], "")?;
        if out.len() != layer.sources.len() {
            return Err(Error::new(
                "host-fault",
                format!(
                    "`input_grad` of layer {} returned {} gradients for {} source layers",
                    layer.index,
                    out.len(),
                    layer.sources.len()
                ),
            ));
        }
        Ok(layer.sources.iter().copied().zip(out).collect())
    }

    /// In place: a matrix of `layer` `+= scale * weight_grad(post, pre)`, without forming the gradient.
    pub fn outer_update(
        &self,
        layer: &LayerInfo,
        matrix: Matrix,
        scale: f64,
        post: &Tensor,
        pre: &Tensor,
    ) -> Result<()> {
        self.unit(
            ops::NET_OUTER_UPDATE,
            &[post, pre],
            &[scale],
            &[layer.index as i64, matrix as i64],
            "",
        )
    }

    /// The value of parameter `param`; later updates do not change the returned tensor.
    pub fn param(&self, param: usize) -> Result<Tensor> {
        self.one(ops::NET_PARAM, &[], &[], &[param as i64], "")
    }

    /// Sets parameter `param`.
    pub fn set_param(&self, param: usize, value: &Tensor) -> Result<()> {
        self.unit(ops::NET_PARAM_SET, &[value], &[], &[param as i64], "")
    }

    /// Parameter `param` `+= scale * delta`.
    pub fn add_param(&self, param: usize, scale: f64, delta: &Tensor) -> Result<()> {
        self.unit(ops::NET_PARAM_ADD, &[delta], &[scale], &[param as i64], "")
    }

    /// Registers a trainable parameter of the rule's own; returns its index. It is archived beside the
    /// weights.
    pub fn register(&self, name: &str, value: &Tensor) -> Result<usize> {
        self.enter(name, value, true)
    }

    /// Registers a fixed array of the rule's own (random feedback); returns its index.
    pub fn register_fixed(&self, name: &str, value: &Tensor) -> Result<usize> {
        self.enter(name, value, false)
    }

    /// Declares that the rule trains parameter `param` or leaves it as it is; recorded in the archive.
    pub fn mark_trained(&self, param: usize, trained: bool) -> Result<()> {
        self.unit(
            ops::NET_MARK_TRAINED,
            &[],
            &[],
            &[param as i64, i64::from(trained)],
            "",
        )
    }

    fn enter(&self, name: &str, value: &Tensor, trainable: bool) -> Result<usize> {
        let index = self
            .one(ops::NET_REGISTER, &[value], &[], &[i64::from(trainable)], name)?
            .to_ints()?;
        let index = index.first().copied().and_then(|i| usize::try_from(i).ok());
        index.ok_or_else(|| missing_result(ops::NET_REGISTER))
    }

    /// Changes a neuron constant of `layer`: `beta` or `threshold`.
    pub fn set_neuron(&self, layer: &LayerInfo, constant: &str, value: f64) -> Result<()> {
        self.unit(
            ops::NET_SET_NEURON,
            &[],
            &[value],
            &[layer.index as i64],
            constant,
        )
    }

    /// Changes the reset of `layer`: `subtract`, `zero` or `none`.
    pub fn set_reset(&self, layer: &LayerInfo, reset: &str) -> Result<()> {
        self.unit(
            ops::NET_SET_NEURON,
            &[],
            &[0.0],
            &[layer.index as i64],
            &format!("reset:{reset}"),
        )
    }

    /// Runs one sample `x [T, 1, in]` through `layer` alone under a declarative plasticity rule; `thresholds
    /// [n]` adapt in place. Returns the spikes `[T, 1, n]`.
    pub fn plasticity(
        &self,
        layer: &LayerInfo,
        rule: &Plasticity,
        x: &Tensor,
        thresholds: &Tensor,
        modulator: f64,
    ) -> Result<Tensor> {
        let text = serde_json::to_string(rule)?;
        self.one(
            ops::NET_PLASTICITY,
            &[x, thresholds],
            &[modulator],
            &[layer.index as i64],
            &text,
        )
    }

    pub(crate) fn unit(&self, op: u32, t: &[&Tensor], r: &[f64], i: &[i64], text: &str) -> Result<()> {
        self.many(op, t, r, i, text).map(drop)
    }

    fn one(&self, op: u32, t: &[&Tensor], r: &[f64], i: &[i64], text: &str) -> Result<Tensor> {
        self.many(op, t, r, i, text)?
            .pop()
            .ok_or_else(|| missing_result(op))
    }

    fn many(&self, op: u32, t: &[&Tensor], r: &[f64], i: &[i64], text: &str) -> Result<Vec<Tensor>> {
        with_raw(t, |raw| {
            let out = self.raw.call(op, Args::new(raw, r, i, text)).into_result()?;
            Ok(out.into_iter().map(Tensor::from_raw).collect())
        })
    }
}
