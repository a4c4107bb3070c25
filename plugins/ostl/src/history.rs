//! What a layer remembers within a sequence when weights move at every step: linear in T.

use crate::eligibility::{Recurrence, Transport};
use crate::gain::Factors;
use crate::gradient::Gradient;
use neurotrain_plugin_api::{Batch, Ctx, Field, LayerInfo, Network, Result, Tensor};

/// Inputs and state gains of one layer, of all steps so far.
pub(crate) struct History {
    /// `J_τ [B, n]` into step τ; of the first step, ones.
    gains: Vec<Tensor>,
    /// The gain from the latest step into the next.
    next_gain: Tensor,
    /// Presynaptic inputs `[B, i]`; empty where every step has the same.
    inputs: Vec<Tensor>,
    constant_input: bool,
    /// Spikes `[B, n]` of the step before, where the layer is recurrent.
    previous: Vec<Tensor>,
    /// For complete eligibilities: `h'_τ [B, n]` and the recurrent matrix at step τ.
    complete: Option<(Vec<Tensor>, Vec<Tensor>)>,
}

impl History {
    pub(crate) fn new(layer: &LayerInfo, batch: &Batch, complete: bool, ctx: &Ctx) -> Result<Self> {
        Ok(History {
            gains: Vec::new(),
            next_gain: ctx.full(&[batch.len(), layer.size()], 1.0)?,
            inputs: Vec::new(),
            constant_input: has_constant_input(layer, batch),
            previous: Vec::new(),
            complete: (complete && layer.recurrent.is_some()).then(Default::default),
        })
    }

    /// Takes in the step that `net` has just made, before any weight moves.
    pub(crate) fn advance(&mut self, net: &Network, layer: &LayerInfo, factors: Factors) -> Result<()> {
        self.gains
            .push(std::mem::replace(&mut self.next_gain, factors.gain));
        if !self.constant_input {
            self.inputs.push(net.input(layer)?);
        }
        if let Some(recurrent) = &layer.recurrent {
            self.previous.push(net.field(layer, Field::PreviousSpikes)?);
            if let Some((slopes, matrices)) = &mut self.complete {
                slopes.push(factors.slope);
                matrices.push(net.param(recurrent.weight)?);
            }
        }
        Ok(())
    }

    /// The gradient of this step's learning signal `post [B, n]`.
    pub(crate) fn gradient(&self, net: &Network, layer: &LayerInfo, post: &Tensor) -> Result<Gradient> {
        let transport = Transport {
            gains: &self.gains,
            recurrence: self
                .complete
                .as_ref()
                .map(|(slopes, matrices)| Recurrence { slopes, matrices }),
        };
        let post = transport.of_last(post)?; // [t, B, n]
        let previous = match &layer.recurrent {
            Some(_) => Some(stacked(&self.previous)?),
            None => None,
        };
        let input = if self.constant_input {
            (post.sum(&[0])?, net.input(layer)?)
        } else {
            (post.clone(), stacked(&self.inputs)?)
        };
        Ok(Gradient {
            input,
            post,
            previous,
        })
    }
}

/// Whether `layer` sees the same input at every step, so that only the sum over time of its factors counts.
pub(crate) fn has_constant_input(layer: &LayerInfo, batch: &Batch) -> bool {
    batch.constant_input() && layer.sources.is_empty()
}

fn stacked(tensors: &[Tensor]) -> Result<Tensor> {
    Tensor::stack(&tensors.iter().collect::<Vec<_>>(), 0)
}
