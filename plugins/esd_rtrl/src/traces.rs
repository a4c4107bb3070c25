//! The factors of the eligibility, from step to step: constant in T.

use crate::eligibility::Eligibility;
use neurotrain_plugin_api::{Ctx, Field, LayerInfo, Network, Result, Tensor};

/// Both factors of the eligibility of one layer.
pub(crate) struct Traces {
    /// Postsynaptic factor `[B, ..]`, or one that broadcasts to it.
    pub(crate) post: Tensor,
    /// Smoothed input `[B, ..]`, and smoothed spikes `[B, n]` of the step before.
    pub(crate) input: Tensor,
    pub(crate) previous: Option<Tensor>,
    /// The smoothed 1 that feeds a bias.
    pub(crate) ones: f64,
}

impl Traces {
    /// Before the first step of `samples` samples.
    pub(crate) fn new(layer: &LayerInfo, samples: usize, ctx: &Ctx) -> Result<Self> {
        let batch = |shape: &[usize]| [&[samples], shape].concat();
        let post = match layer.spiking() {
            true => batch(&layer.shape),
            false => vec![1; layer.shape.len() + 1],
        };
        Ok(Traces {
            post: ctx.zeros(&post)?,
            input: ctx.zeros(&batch(&layer.input_shape))?,
            previous: match layer.recurrent {
                Some(_) => Some(ctx.zeros(&batch(&layer.shape))?),
                None => None,
            },
            ones: 0.0,
        })
    }

    /// Takes in the step that `net` has just made.
    pub(crate) fn advance(
        &mut self,
        constants: &Eligibility,
        net: &Network,
        layer: &LayerInfo,
    ) -> Result<()> {
        let decay = constants.decay;
        self.post = match layer.spiking() {
            true => constants.next(net, layer, &self.post)?,
            false => self.post.affine(decay, 1.0 - decay)?,
        };
        self.ones = decay * self.ones + 1.0;
        self.input.trace(decay, &net.input(layer)?)?;
        match &self.previous {
            Some(previous) => previous.trace(decay, &net.field(layer, Field::PreviousSpikes)?),
            None => Ok(()),
        }
    }
}
