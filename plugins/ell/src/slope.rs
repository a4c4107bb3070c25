//! The derivative of a spike with respect to its membrane.

use neurotrain_plugin_api::{Config, Field, LayerInfo, Network, NeuronInfo, Result, Tensor};

/// Which function stands in for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slope {
    /// The surrogate of the network's own neurons.
    Network,
    /// `exp(-|u - θ|)`.
    Exponential,
}

impl Slope {
    pub(crate) fn configured(config: &Config) -> Result<Self> {
        Ok(match config.text("surrogate")? {
            "exponential" => Slope::Exponential,
            _ => Slope::Network,
        })
    }

    /// In a layer of the network.
    pub(crate) fn of_layer(self, net: &Network, layer: &LayerInfo) -> Result<Tensor> {
        match self {
            Slope::Network => net.field(layer, Field::Surrogate),
            Slope::Exponential => exponential(&net.field(layer, Field::Membrane)?, layer.neuron.threshold),
        }
    }

    /// At a membrane of neurons like `neuron`.
    pub(crate) fn at(self, membrane: &Tensor, neuron: &NeuronInfo) -> Result<Tensor> {
        match self {
            Slope::Network => membrane.pseudo_derivative(&neuron.surrogate, neuron.threshold),
            Slope::Exponential => exponential(membrane, neuron.threshold),
        }
    }
}

fn exponential(membrane: &Tensor, threshold: f64) -> Result<Tensor> {
    membrane.affine(1.0, -threshold)?.abs()?.neg()?.exp()
}
