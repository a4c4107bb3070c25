//! Presynaptic traces of every matrix.

use neurotrain_plugin_api::{Ctx, Field, LayerInfo, Network, Result, Tensor};

/// Low-pass filters of what reaches a layer, with the decay of the layer's own membranes.
#[derive(Debug)]
pub(crate) struct Traces {
    decay: f64,
    synapse_decay: f64,
    synapse: Option<Tensor>,
    input: Option<Tensor>,
    recurrent: Option<Tensor>,
    /// Trace of a constant 1, the input of a bias.
    pub(crate) one: f64,
    synapse_one: f64,
}

impl Traces {
    pub(crate) fn new(layer: &LayerInfo, synapse_decay: f64) -> Self {
        Traces {
            decay: layer.neuron.beta,
            synapse_decay,
            synapse: None,
            input: None,
            recurrent: None,
            one: 0.0,
            synapse_one: 0.0,
        }
    }

    /// Takes in the step just made.
    pub(crate) fn advance(&mut self, net: &Network, layer: &LayerInfo, ctx: &Ctx) -> Result<()> {
        let x = net.input(layer)?;
        if self.synapse_decay > 0.0 {
            filter(&mut self.synapse, self.synapse_decay, &x, ctx)?;
        }
        let filtered = self.synapse.clone().unwrap_or(x);
        filter(&mut self.input, self.decay, &filtered, ctx)?;
        self.synapse_one = self.synapse_decay * self.synapse_one + 1.0;
        self.one = self.decay * self.one + self.synapse_one;
        if layer.recurrent.is_some() {
            let previous = net.field(layer, Field::PreviousSpikes)?;
            filter(&mut self.recurrent, self.decay, &previous, ctx)?;
        }
        Ok(())
    }

    /// Trace of the layer's input.
    pub(crate) fn input(&self) -> Option<&Tensor> {
        self.input.as_ref()
    }

    /// Trace of the layer's own spikes, one step late.
    pub(crate) fn recurrent(&self) -> Option<&Tensor> {
        self.recurrent.as_ref()
    }
}

fn filter(trace: &mut Option<Tensor>, decay: f64, x: &Tensor, ctx: &Ctx) -> Result<()> {
    match trace {
        Some(trace) => trace.trace(decay, x),
        None => {
            let first = ctx.zeros(&x.shape())?;
            first.trace(0.0, x)?;
            *trace = Some(first);
            Ok(())
        }
    }
}
