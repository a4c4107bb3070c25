//! The error of the readout.

use crate::neuron::Neuron;
use neurotrain_plugin_api::{Batch, Config, LayerInfo, Network, Result, Tensor};

/// What the readout is compared with the label by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Objective {
    cross_entropy: bool,
    /// As in the reference: the error of the membrane times the derivative of the spike.
    membrane_error: bool,
}

/// Loss, a mean over the steps and samples that are judged, and learning signal times what leads from the membrane to
/// the error.
pub(crate) struct Judgement {
    pub(crate) loss: f64,
    /// `[.., B, C]`, not divided by the number of samples.
    pub(crate) post: Tensor,
}

impl Objective {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        Ok(Objective {
            cross_entropy: config.text("output_loss")? == "ce",
            membrane_error: config.switch("membrane_error")?,
        })
    }

    /// Judges the step or the sequence that `net` has just made, in which the readout's pseudo-derivative is `psi`.
    pub(crate) fn evaluate(
        &self,
        net: &Network,
        layer: &LayerInfo,
        neuron: &Neuron,
        psi: &Tensor,
        batch: &Batch,
    ) -> Result<Judgement> {
        let labels = batch.labels();
        let at_spikes = layer.spiking() && !self.cross_entropy && !self.membrane_error;
        let output = if at_spikes {
            net.spikes(layer)?
        } else {
            net.field(layer, neuron.membrane)?
        };
        let (loss, error) = if self.cross_entropy {
            (
                output.cross_entropy(labels)?,
                output.softmax_minus_one_hot(labels, 1.0)?,
            )
        } else {
            let error = output.minus_one_hot(labels, 1.0)?;
            (error.mul(&error)?.mean(&[])?.item()?, error)
        };
        let post = if at_spikes || self.membrane_error {
            error.mul(psi)?
        } else {
            error
        };
        Ok(Judgement { loss, post })
    }
}
