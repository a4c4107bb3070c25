//! The target path: a forward pass of the labels through the network's own weights, one row per class.

use crate::conv::Passed;
use crate::path::Path;
use neurotrain_plugin_api::{Ctx, LayerInfo, Matrix, Network, Result, Surrogate, Tensor};

/// Neurons of the target path in one layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neuron {
    pub(crate) decay: f64,
    pub(crate) threshold: f64,
    pub(crate) surrogate: Surrogate,
}

/// State of one layer.
#[derive(Debug)]
pub(crate) struct Target {
    membrane: Tensor,
    spikes: Tensor,
    /// What the next layer sees.
    pub(crate) output: Tensor,
    /// Trace of the output `[C, ..]`.
    pub(crate) trace: Tensor,
    drive: Option<Drive>,
}

/// What drove the layer in this step.
#[derive(Debug)]
enum Drive {
    /// The labels, through the projection.
    Labels,
    /// Output of the layer below.
    Below(Tensor),
    /// The same through a convolution whose maxima are routed here.
    Pooled(Passed),
}

/// Gradients of a target layer.
pub(crate) enum TargetGrad {
    /// Of the projection, `[n, C]`.
    Projection(Tensor),
    /// Of the layer's weights, and with respect to its current.
    Weights { weights: Tensor, post: Tensor },
}

impl Target {
    /// At rest. The first layer has the size of what it passes on: labels are projected past its pooling.
    pub(crate) fn new(layer: &LayerInfo, first: bool, classes: usize, ctx: &Ctx) -> Result<Self> {
        let rows = |shape: &[usize]| -> Vec<usize> {
            std::iter::once(classes).chain(shape.iter().copied()).collect()
        };
        let neurons = rows(if first { &layer.output_shape } else { &layer.shape });
        let output = ctx.zeros(&rows(&layer.output_shape))?;
        Ok(Target {
            membrane: ctx.zeros(&neurons)?,
            spikes: ctx.zeros(&neurons)?,
            trace: output.copy()?,
            output,
            drive: None,
        })
    }

    /// The first layer: `projection [n, C]`.
    pub(crate) fn step_from_labels(
        &mut self,
        projection: &Tensor,
        neuron: &Neuron,
        decay: f64,
    ) -> Result<()> {
        let current = projection
            .transpose(0, 1)?
            .copy()?
            .reshape(&self.membrane.shape())?;
        self.fire(&current, neuron)?;
        self.drive = Some(Drive::Labels);
        self.output = self.spikes.clone();
        self.trace.trace(decay, &self.output)
    }

    /// A later layer, driven by the output of the one below.
    pub(crate) fn step(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        path: &Path,
        below: &Tensor,
        neuron: &Neuron,
        decay: f64,
    ) -> Result<()> {
        let mut shape = vec![below.dim(0)?];
        shape.extend(&layer.input_shape);
        let below = below.reshape(&shape)?;
        let current = match &path.pooled {
            Some(conv) => {
                let (current, passed) = conv.forward(net, layer, &below)?;
                self.drive = Some(Drive::Pooled(passed));
                current
            }
            None => {
                let current = net.current(layer, &below)?;
                self.drive = Some(Drive::Below(below));
                current
            }
        };
        self.fire(&current, neuron)?;
        self.output = path.pool(&self.spikes)?;
        self.trace.trace(decay, &self.output)
    }

    fn fire(&mut self, current: &Tensor, neuron: &Neuron) -> Result<()> {
        (self.membrane, self.spikes) =
            self.membrane
                .lif_step(current, &self.spikes, neuron.decay, neuron.threshold, true)?;
        Ok(())
    }

    /// Gradients for that of the output `[C, ..]`, of this step alone.
    pub(crate) fn gradient(
        &self,
        net: &Network,
        layer: &LayerInfo,
        path: &Path,
        output: Tensor,
        neuron: &Neuron,
    ) -> Result<Option<TargetGrad>> {
        let slope = self
            .membrane
            .pseudo_derivative(&neuron.surrogate, neuron.threshold)?;
        Ok(match &self.drive {
            None => None,
            Some(Drive::Labels) => {
                let post = output.mul(&slope)?;
                let classes = post.dim(0)?;
                let size = layer.output_shape.iter().product();
                Some(TargetGrad::Projection(
                    post.reshape(&[classes, size])?.transpose(0, 1)?.copy()?,
                ))
            }
            Some(Drive::Below(below)) => {
                let post = path.pool_adjoint(&self.spikes, output)?.mul(&slope)?;
                let weights = net.weight_grad(layer, Matrix::FeedForward, &post, below)?;
                Some(TargetGrad::Weights { weights, post })
            }
            Some(Drive::Pooled(passed)) => {
                let post = path.pool_adjoint(&self.spikes, output)?.mul(&slope)?;
                let weights = match &path.pooled {
                    Some(conv) => conv.weight_grad(passed, &post)?,
                    None => return Ok(None),
                };
                Some(TargetGrad::Weights { weights, post })
            }
        })
    }
}
