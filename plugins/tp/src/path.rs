//! How a layer of the network reads its input and what it passes on, as far as both passes need to know.
//!
//! A rule is told shapes, not what lies between layers, so that is found by trying it once.

use crate::conv::PooledConv;
use crate::windows::{Kind, Windows};
use neurotrain_plugin_api::{Ctx, Error, Field, LayerInfo, Matrix, Network, Result, Tensor};

/// Synapse and output of a hidden layer.
#[derive(Debug)]
pub(crate) struct Path {
    /// A convolution that is pooled before the neurons; `None`: the host repeats the synapse for any rows.
    pub(crate) pooled: Option<PooledConv>,
    output: Output,
}

/// What lies between neurons and the next layer.
#[derive(Debug, Clone, Copy)]
struct Output {
    windows: Option<Windows>,
    /// Factor on what the student passes on; the target path has none.
    scale: f64,
}

/// A threshold that about half of all membranes exceed.
const NEAR_ZERO: f64 = 1e-6;

impl Path {
    /// The paths of all hidden layers.
    pub(crate) fn of(net: &Network, ctx: &Ctx) -> Result<Vec<Self>> {
        net.reset(1)?;
        let mut pooled = Vec::new();
        for layer in net.hidden() {
            pooled.push(match takes_maxima(net, layer, ctx)? {
                true => Some(PooledConv::of(net, layer, ctx)?),
                false => None,
            });
        }
        let outputs = outputs(net, ctx)?;
        Ok(pooled
            .into_iter()
            .zip(outputs)
            .map(|(pooled, output)| Path { pooled, output })
            .collect())
    }

    /// Feature maps as the next layer sees them, without the scale.
    pub(crate) fn pool(&self, spikes: &Tensor) -> Result<Tensor> {
        self.output.pool(spikes)
    }

    /// The adjoint of [`pool`](Path::pool) at `spikes`.
    pub(crate) fn pool_adjoint(&self, spikes: &Tensor, gradient: Tensor) -> Result<Tensor> {
        match &self.output.windows {
            Some(windows) => windows.adjoint(spikes, &gradient),
            None => Ok(gradient),
        }
    }

    /// From what the network's layer passes on in this step to its spikes.
    pub(crate) fn output_adjoint(
        &self,
        net: &Network,
        layer: &LayerInfo,
        gradient: Tensor,
    ) -> Result<Tensor> {
        let gradient = match self.output.scale {
            1.0 => gradient,
            scale => gradient.scale(scale)?,
        };
        match &self.output.windows {
            Some(windows) => windows.adjoint(&net.spikes(layer)?.copy()?, &gradient),
            None => Ok(gradient),
        }
    }
}

impl Output {
    fn pool(&self, spikes: &Tensor) -> Result<Tensor> {
        match &self.windows {
            Some(windows) => windows.forward(spikes),
            None => Ok(spikes.clone()),
        }
    }
}

/// Whether maxima are taken between synapse and neurons: the host then wants to know where they were.
fn takes_maxima(net: &Network, layer: &LayerInfo, ctx: &Ctx) -> Result<bool> {
    let zeros = |shape: &[usize]| {
        let dims: Vec<usize> = std::iter::once(1).chain(shape.iter().copied()).collect();
        ctx.zeros(&dims)
    };
    let (post, pre) = (zeros(&layer.shape)?, zeros(&layer.input_shape)?);
    match net.weight_grad(layer, Matrix::FeedForward, &post, &pre) {
        Ok(_) => Ok(false),
        Err(error) if error.code() == "not-recorded" => Ok(true),
        Err(error) => Err(error),
    }
}

/// What lies behind each hidden layer, from one step with spikes everywhere.
fn outputs(net: &Network, ctx: &Ctx) -> Result<Vec<Output>> {
    if net.hidden().iter().all(|l| l.synapse == "linear") {
        let plain = Output {
            windows: None,
            scale: 1.0,
        };
        return Ok(vec![plain; net.hidden().len()]);
    }
    let lively = net
        .hidden()
        .iter()
        .try_for_each(|layer| net.set_neuron(layer, "threshold", NEAR_ZERO));
    let found = lively.and_then(|()| observed(net, ctx));
    for layer in net.hidden() {
        net.set_neuron(layer, "threshold", layer.neuron.threshold)?;
    }
    found
}

fn observed(net: &Network, ctx: &Ctx) -> Result<Vec<Output>> {
    let shape: Vec<usize> = std::iter::once(1)
        .chain(net.info().input_shape.iter().copied())
        .collect();
    net.step(&ctx.uniform("tp.probe.input", 0, &shape, -1.0, 1.0)?)?;
    let found = net.hidden().iter().map(|layer| output_of(net, layer)).collect();
    net.reset(1)?;
    found
}

/// The one of the possible ways between spikes and output that gives what was passed on.
fn output_of(net: &Network, layer: &LayerInfo) -> Result<Output> {
    let windows: Vec<Option<Windows>> = match (&layer.shape[..], &layer.output_shape[..]) {
        (shape, output) if shape == output => vec![None],
        (&[a, h, w], &[b, h2, w2]) if a == b => [Kind::Max, Kind::Mean]
            .into_iter()
            .flat_map(|kind| Windows::between(kind, [h, w], [h2, w2]))
            .map(Some)
            .collect(),
        _ => Vec::new(),
    };
    let spikes = net.spikes(layer)?.copy()?;
    let passed = net.field(layer, Field::Output)?.copy()?;
    for windows in windows {
        let unscaled = Output { windows, scale: 1.0 };
        let pooled = unscaled.pool(&spikes)?;
        let (total, wanted) = (pooled.norm()?, passed.norm()?);
        let scale = if total > 0.0 { wanted / total } else { 1.0 };
        if passed.sub(&pooled.scale(scale)?)?.norm()? <= 1e-4 * wanted {
            // A factor of 1 is exact.
            let scale = if (scale - 1.0).abs() < 1e-5 { 1.0 } else { scale };
            return Ok(Output { windows, scale });
        }
    }
    Err(Error::refused(format!(
        "TP follows a factor and pooling in equal windows between layers; `{}` passes on {:?} of {:?} otherwise",
        layer.name, layer.output_shape, layer.shape
    )))
}
