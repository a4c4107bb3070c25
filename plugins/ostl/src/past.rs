//! What a layer remembers within a sequence, in either of two exact forms.

use crate::gain::Factors;
use crate::history::{History, has_constant_input};
use neurotrain_plugin_api::{
    Batch, Ctx, Descent, Eligibilities, Execution, LayerGrads, LayerInfo, Network, Result, Tensor,
};

/// Share of a hidden neuron's steps with a spike, as a guess of what products with its spikes cost.
const HIDDEN_DENSITY: f64 = 0.15;

/// The past of a layer whose weights move at every step.
pub(crate) enum Past {
    /// Inputs and gains of all steps: linear in T.
    History(History),
    /// A trace per synapse, constant in T, and the gradients of the latest step.
    Traces(Traces, LayerGrads),
}

impl Past {
    pub(crate) fn new(
        execution: Execution,
        layer: &LayerInfo,
        batch: &Batch,
        complete: bool,
        ctx: &Ctx,
    ) -> Result<Self> {
        let complete = complete && layer.recurrent.is_some();
        Ok(if complete || keeps_history(execution, layer, batch)? {
            Past::History(History::new(layer, batch, complete, ctx)?)
        } else {
            Past::Traces(Traces::new(layer, batch, ctx)?, LayerGrads::zeros(layer, ctx)?)
        })
    }

    /// Takes in the step that `net` has just made, with its signal `post [B, n]`, before any weight moves.
    pub(crate) fn step(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        factors: Factors,
        post: &Tensor,
        ctx: &Ctx,
    ) -> Result<()> {
        match self {
            Past::History(history) => history.advance(net, layer, factors),
            Past::Traces(traces, grads) => {
                *grads = LayerGrads::zeros(layer, ctx)?;
                traces.step(net, layer, factors, post, grads)
            }
        }
    }

    /// Moves the weights of `layer` along the gradient of the latest step, whose signal was `post`.
    pub(crate) fn apply(
        &self,
        descent: &mut Descent,
        net: &Network,
        layer: &LayerInfo,
        post: &Tensor,
        share: f64,
        ctx: &Ctx,
    ) -> Result<()> {
        match self {
            Past::History(history) => history
                .gradient(net, layer, post)?
                .descend(descent, net, layer, share, ctx),
            Past::Traces(_, grads) => descent.apply(net, layer, grads, share, ctx),
        }
    }
}

/// Eligibilities `ε_t = J_t ε_{t-1} + x_t` of all synapses.
pub(crate) struct Traces {
    eligibilities: Eligibilities,
    /// The gain `[B, n]` from the latest step into the next.
    next_gain: Tensor,
}

impl Traces {
    pub(crate) fn new(layer: &LayerInfo, batch: &Batch, ctx: &Ctx) -> Result<Self> {
        Ok(Traces {
            eligibilities: Eligibilities::new(layer, batch, ctx)?,
            next_gain: ctx.zeros(&[batch.len(), layer.size()])?,
        })
    }

    /// Takes in the step that `net` has just made, and adds the gradient of its signal `post [B, n]` to `grads`.
    pub(crate) fn step(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        factors: Factors,
        post: &Tensor,
        grads: &LayerGrads,
    ) -> Result<()> {
        let gain = std::mem::replace(&mut self.next_gain, factors.gain);
        self.eligibilities.step(net, layer, &gain, post, grads)
    }
}

/// Whether the history is asked for or cheaper.
fn keeps_history(execution: Execution, layer: &LayerInfo, batch: &Batch) -> Result<bool> {
    if execution != Execution::Auto {
        return Ok(execution == Execution::Sequence);
    }
    let mut inputs: usize = layer.input_shape.iter().product();
    let mut active = if has_constant_input(layer, batch) {
        inputs = 0;
        0.0
    } else if layer.sources.is_empty() {
        batch.density()? * inputs as f64
    } else {
        HIDDEN_DENSITY * inputs as f64
    };
    if layer.recurrent.is_some() {
        inputs += layer.size();
        active += HIDDEN_DENSITY * layer.size() as f64;
    }
    // Of a rank-one eligibility nothing is left to choose: its trace is one number per neuron.
    Ok(inputs > 0 && execution.keeps_history(batch.steps(), inputs, active / inputs as f64))
}
