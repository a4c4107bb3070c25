//! How a layer of the network reads its input and what it passes on, as far as both passes need to know.

use crate::conv::PooledConv;
use crate::windows::{Kind, Windows};
use neurotrain_plugin_api::{Ctx, Error, Field, LayerInfo, Matrix, Network, Result, Tensor};

/// Synapse and output of a hidden layer.
#[derive(Debug)]
pub(crate) struct Path {
    /// A convolution that is pooled before the neurons; `None`: the host repeats the synapse for any rows.
    pub(crate) pooled: Option<PooledConv>,
    /// Pooling between the neurons and the next layer.
    pub(crate) windows: Option<Windows>,
    /// Whether spikes were seen to arrive at the next layer as said here.
    verified: bool,
}

impl Path {
    /// The paths of all hidden layers.
    pub(crate) fn of(net: &Network, ctx: &Ctx) -> Result<Vec<Self>> {
        net.reset(1)?;
        net.hidden()
            .iter()
            .zip(net.layers().iter().skip(1))
            .map(|(layer, next)| {
                Ok(Path {
                    pooled: match takes_maxima(net, layer, ctx)? {
                        true => Some(PooledConv::of(net, layer, ctx)?),
                        false => None,
                    },
                    windows: windows(net, layer, next, ctx)?,
                    verified: layer.synapse == "linear",
                })
            })
            .collect()
    }

    /// Compares with what the network passes on; a scale between the layers is not visible otherwise.
    pub(crate) fn verify(&mut self, net: &Network, layer: &LayerInfo) -> Result<()> {
        if self.verified {
            return Ok(());
        }
        let spikes = net.spikes(layer)?;
        let passed = net.field(layer, Field::Output)?;
        if passed.sub(&self.pool(&spikes.copy()?)?)?.norm()? > 1e-4 * passed.norm()? {
            return Err(Error::refused(format!(
                "TP follows pooling between layers, but something else changes what `{}` passes on",
                layer.name
            ))
            .with_hint("set `scale_after_lif: 0` on the model"));
        }
        self.verified = spikes.count_nonzero()? > 0.0;
        Ok(())
    }

    /// Feature maps as the next layer sees them.
    pub(crate) fn pool(&self, spikes: &Tensor) -> Result<Tensor> {
        match &self.windows {
            Some(windows) => windows.forward(spikes),
            None => Ok(spikes.clone()),
        }
    }

    /// The adjoint of [`pool`](Path::pool) at `spikes`.
    pub(crate) fn pool_adjoint(&self, spikes: &Tensor, gradient: Tensor) -> Result<Tensor> {
        match &self.windows {
            Some(windows) => windows.adjoint(spikes, &gradient),
            None => Ok(gradient),
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
    asks_for_a_record(net.weight_grad(layer, Matrix::FeedForward, &post, &pre))
}

/// Pooling between the neurons of `layer` and `next`.
fn windows(net: &Network, layer: &LayerInfo, next: &LayerInfo, ctx: &Ctx) -> Result<Option<Windows>> {
    if layer.shape == layer.output_shape {
        return Ok(None);
    }
    let post: Vec<usize> = std::iter::once(1).chain(next.shape.iter().copied()).collect();
    let kind = match asks_for_a_record(net.input_grad(next, &ctx.zeros(&post)?))? {
        true => Kind::Max,
        false => Kind::Mean,
    };
    let fitting = match (&layer.shape[..], &layer.output_shape[..]) {
        (&[a, h, w], &[b, h2, w2]) if a == b => Windows::between(kind, [h, w], [h2, w2]),
        _ => Vec::new(),
    };
    // Maxima are taken in the smallest windows that fit, 2 x 2 as a rule; means are of the whole map.
    let found = match kind {
        Kind::Max => fitting.first(),
        Kind::Mean => fitting.last(),
    };
    match found.copied() {
        Some(windows) => Ok(Some(windows)),
        None => Err(Error::refused(format!(
            "TP follows pooling in equal windows between layers; `{}` passes on {:?} of {:?}",
            layer.name, layer.output_shape, layer.shape
        ))),
    }
}

fn asks_for_a_record<T>(outcome: Result<T>) -> Result<bool> {
    match outcome {
        Ok(_) => Ok(false),
        Err(error) if error.code() == "not-recorded" => Ok(true),
        Err(error) => Err(error),
    }
}
