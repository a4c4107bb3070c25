//! The classifier of a hidden layer: a linear synapse onto spiking neurons of its own.

use crate::slope::Slope;
use neurotrain_plugin_api::{Ctx, Error, LayerInfo, Network, NeuronInfo, Result, Tensor};

/// Weights and constants; the state of its neurons is [`Activity`].
#[derive(Debug, Clone)]
pub(crate) struct Classifier {
    /// Parameter index of `A [C, n]`.
    pub(crate) weight: usize,
    /// Those of the network's first hidden layer.
    pub(crate) neuron: NeuronInfo,
}

/// Membranes and spikes `[B, C]`.
#[derive(Debug)]
pub(crate) struct Activity {
    pub(crate) membrane: Tensor,
    pub(crate) spikes: Tensor,
}

impl Classifier {
    /// Draws and registers `aux.{l}.weight` for every hidden layer.
    pub(crate) fn all(net: &Network, ctx: &Ctx) -> Result<Vec<Self>> {
        let first = net
            .hidden()
            .first()
            .ok_or_else(|| Error::refused("the network has no hidden layer"))?;
        let classes = net.info().classes;
        net.hidden()
            .iter()
            .map(|layer| {
                let bound = 1.0 / (layer.size().max(1) as f64).sqrt();
                let shape = [classes, layer.size()];
                let start = ctx.uniform("ell.aux", layer.index as u64, &shape, -bound, bound)?;
                Ok(Classifier {
                    weight: net.register(&format!("aux.{}.weight", layer.index), &start)?,
                    neuron: first.neuron.clone(),
                })
            })
            .collect()
    }

    /// Advances the neurons by one step on `current [B, C]`; the reset of a spike follows one step later.
    pub(crate) fn fire(&self, activity: &mut Activity, current: &Tensor) -> Result<()> {
        let NeuronInfo {
            beta,
            threshold,
            surrogate,
            ..
        } = &self.neuron;
        let inclusive = surrogate.fires_at_threshold();
        (activity.membrane, activity.spikes) =
            activity
                .membrane
                .lif_step(current, &activity.spikes, *beta, *threshold, inclusive)?;
        Ok(())
    }

    /// Gradient `[.., C]` with respect to the classifier's membranes, of this step alone, for the error of its
    /// spikes.
    pub(crate) fn post(&self, slope: Slope, membrane: &Tensor, error: &Tensor) -> Result<Tensor> {
        slope.at(membrane, &self.neuron)?.mul(error)
    }
}

impl Activity {
    /// At rest.
    pub(crate) fn at_rest(samples: usize, classes: usize, ctx: &Ctx) -> Result<Self> {
        Ok(Activity {
            membrane: ctx.zeros(&[samples, classes])?,
            spikes: ctx.zeros(&[samples, classes])?,
        })
    }
}

/// Spikes of a layer as `[.., n]`, whatever the shape of its maps.
pub(crate) fn flat(spikes: &Tensor, layer: &LayerInfo) -> Result<Tensor> {
    if layer.shape.len() == 1 {
        return Ok(spikes.clone());
    }
    let shape = spikes.shape();
    let mut dims = shape[..shape.len() - layer.shape.len()].to_vec();
    dims.push(layer.size());
    spikes.reshape(&dims)
}

/// The inverse of [`flat`].
pub(crate) fn unflat(values: &Tensor, layer: &LayerInfo) -> Result<Tensor> {
    if layer.shape.len() == 1 {
        return Ok(values.clone());
    }
    let shape = values.shape();
    let mut dims = shape[..shape.len() - 1].to_vec();
    dims.extend(&layer.shape);
    values.reshape(&dims)
}
