//! The fixed random classifier of a hidden layer.

use neurotrain_plugin_api::{Batch, Ctx, Field, LayerInfo, Network, Result, Tensor};

/// Reads classes from the spikes of a layer, averaged over the positions of a feature map, and sends the error
/// back to its neurons.
#[derive(Debug)]
pub(crate) struct Classifier {
    /// Parameter index of `G [C, n]`.
    forward: usize,
    /// Parameter index of `H [n, C]`.
    backward: usize,
}

/// How classifiers start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// Bound of `G`, times `√n`.
    pub(crate) scale: f64,
    /// Standard deviation of the factors between `Gᵀ` and `H`; none: they are equal.
    pub(crate) noise: Option<f64>,
}

impl Classifier {
    /// Draws and registers the matrices of `layer` as `G.{l}` and `H.{l}`.
    pub(crate) fn new(net: &Network, layer: &LayerInfo, start: Start, ctx: &Ctx) -> Result<Self> {
        let (classes, n) = (net.info().classes, channels(layer));
        let (index, bound) = (layer.index as u64, start.scale / (n.max(1) as f64).sqrt());
        let forward = ctx.uniform("decolle.G", index, &[classes, n], -bound, bound)?;
        let mut backward = forward.transpose(0, 1)?.copy()?;
        if let Some(std) = start.noise {
            backward = backward.mul(&ctx.normal("decolle.H", index, &[n, classes], 1.0, std)?.relu()?)?;
        }
        Self::register(net, layer, &forward, &backward)
    }

    /// Registers what the reference keeps for the readout, without using it: identities.
    pub(crate) fn unused(net: &Network, layer: &LayerInfo, ctx: &Ctx) -> Result<Self> {
        let (classes, n) = (net.info().classes, channels(layer));
        let identity = |rows: usize, cols: usize| {
            let values: Vec<f64> = (0..rows * cols)
                .map(|k| f64::from(u8::from(k / cols == k % cols)))
                .collect();
            ctx.tensor(&values, &[rows, cols])
        };
        Self::register(net, layer, &identity(classes, n)?, &identity(n, classes)?)
    }

    fn register(net: &Network, layer: &LayerInfo, forward: &Tensor, backward: &Tensor) -> Result<Self> {
        Ok(Classifier {
            forward: net.register_fixed(&format!("G.{}", layer.index), forward)?,
            backward: net.register_fixed(&format!("H.{}", layer.index), backward)?,
        })
    }

    /// `ybar - Y [B, C]` of the step just made.
    pub(crate) fn error(&self, net: &Network, layer: &LayerInfo, batch: &Batch) -> Result<Tensor> {
        let spikes = net.field(layer, Field::Spikes)?;
        let activity = match layer.shape.len() {
            1 => spikes,
            _ => spikes.mean(&positions(layer))?,
        };
        activity
            .matmul_transposed(&net.param(self.forward)?)?
            .minus_one_hot(batch.labels(), 1.0)
    }

    /// The error of each neuron or channel, shaped to broadcast to the layer: `[B, n]` or `[B, channels, 1, 1]`.
    pub(crate) fn project(
        &self,
        net: &Network,
        layer: &LayerInfo,
        error: &Tensor,
        factor: f64,
    ) -> Result<Tensor> {
        let projected = error
            .matmul_transposed(&net.param(self.backward)?)?
            .scale(factor)?;
        let mut shape = vec![error.dim(0)?, channels(layer)];
        shape.resize(layer.shape.len() + 1, 1);
        projected.reshape(&shape)
    }
}

/// Neurons of a fully connected layer, channels of a convolutional one.
pub(crate) fn channels(layer: &LayerInfo) -> usize {
    layer.shape.first().copied().unwrap_or(1)
}

/// Axes of `[B, channels, ..]` that are positions.
pub(crate) fn positions(layer: &LayerInfo) -> Vec<i64> {
    (2..=layer.shape.len() as i64).collect()
}

/// Number of positions of a feature map; 1 for a fully connected layer.
pub(crate) fn position_count(layer: &LayerInfo) -> usize {
    layer.shape.iter().skip(1).product()
}
