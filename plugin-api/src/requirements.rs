//! What rules commonly require of a network, with errors that say what to do.

use crate::{Error, LayerInfo, NetworkInfo, Result};

impl NetworkInfo {
    /// The layers below the readout, and the readout.
    ///
    /// # Errors
    /// `refused` when there are no layers.
    pub fn require_readout(&self) -> Result<(&[LayerInfo], &LayerInfo)> {
        let split = self.layers.split_last();
        split
            .map(|(readout, hidden)| (hidden, readout))
            .ok_or_else(|| Error::refused("the network has no layers"))
    }

    /// All synapses are linear; `rule` is the rule's name in errors.
    ///
    /// # Errors
    /// `refused`, naming the first layer that has others.
    pub fn require_linear(&self, rule: &str) -> Result<()> {
        match self.layers.iter().find(|layer| layer.synapse != "linear") {
            Some(layer) => Err(Error::refused(format!(
                "{rule} trains linear synapses; `{}` is {}",
                layer.name, layer.synapse
            ))
            .with_hint("use model `fc_snn` or `r_snn`")),
            None => Ok(()),
        }
    }

    /// The readout spikes, because `rule` compares its spikes with the label at every step.
    ///
    /// # Errors
    /// `refused` when it does not, or there are no layers.
    pub fn require_spiking_readout(&self, rule: &str) -> Result<()> {
        let (_, readout) = self.require_readout()?;
        if readout.spiking() {
            return Ok(());
        }
        Err(Error::refused(format!(
            "{rule} compares the readout's spikes with the label at every step, but `{}` is of kind `{}`",
            readout.name, readout.neuron.kind
        ))
        .with_hint("set `out_integrator: false` on the model"))
    }
}

impl LayerInfo {
    /// The layer's neurons spike, because `rule` trains `what`.
    ///
    /// # Errors
    /// `refused` when they do not.
    pub fn require_spiking(&self, rule: &str, what: &str) -> Result<()> {
        if self.spiking() {
            return Ok(());
        }
        Err(Error::refused(format!(
            "{rule} trains {what}; `{}` is of kind `{}`",
            self.name, self.neuron.kind
        )))
    }
}
