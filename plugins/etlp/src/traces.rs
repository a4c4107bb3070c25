//! Presynaptic traces, one per matrix: constant memory in T.

use neurotrain_plugin_api::{Ctx, Field, LayerInfo, Network, Result, Tensor};

/// What the synapses onto one layer remember of their inputs, filtered with the layer's membrane decay.
pub(crate) struct Traces {
    decay: f64,
    /// `P [B, i]`, of the presynaptic input.
    pub(crate) input: Tensor,
    /// `Q [B, n]`, of the layer's own spikes.
    pub(crate) recurrent: Option<Tensor>,
    /// Of the constant 1 that feeds a bias, the same for all samples.
    pub(crate) one: f64,
    recurrent_source: Field,
}

impl Traces {
    /// Empty traces of the layers of a network for `samples` samples. `recurrent_source` is what a recurrent
    /// matrix is taken to have carried: the spikes of the previous step, or of this one.
    pub(crate) fn of_layers(
        net: &Network,
        samples: usize,
        recurrent_source: Field,
        ctx: &Ctx,
    ) -> Result<Vec<Traces>> {
        net.layers()
            .iter()
            .map(|layer| {
                let inputs = layer.input_shape.iter().product();
                let recurrent = match &layer.recurrent {
                    Some(_) => Some(ctx.zeros(&[samples, layer.size()])?),
                    None => None,
                };
                Ok(Traces {
                    decay: layer.neuron.beta,
                    input: ctx.zeros(&[samples, inputs])?,
                    recurrent,
                    one: 0.0,
                    recurrent_source,
                })
            })
            .collect()
    }

    /// Takes in the step that `net` has just made.
    pub(crate) fn advance(&mut self, net: &Network, layer: &LayerInfo) -> Result<()> {
        self.input.trace(self.decay, &net.input(layer)?)?;
        if let Some(trace) = &self.recurrent {
            trace.trace(self.decay, &net.field(layer, self.recurrent_source)?)?;
        }
        self.one = self.decay * self.one + 1.0;
        Ok(())
    }
}
