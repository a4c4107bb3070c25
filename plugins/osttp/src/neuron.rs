//! The pseudo-derivative of neurons and how much of their state survives into the next step.

use neurotrain_plugin_api::{Config, Field, LayerInfo, Network, Result, Surrogate, Tensor};

/// Factors of one layer that hold no weights, of all steps of a run, `[T, B, n]`.
pub(crate) struct Factors {
    /// ψ at the membrane.
    pub(crate) psi: Tensor,
    /// `J_t`: the gain into step t from the step before; of the first step, anything finite.
    pub(crate) gains: Tensor,
}

/// How the factors are evaluated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neuron {
    psi: Surrogate,
    /// The membrane before or after the reset.
    pub(crate) membrane: Field,
    /// Whether a reset by subtraction at once has the gain of one that waits for the next step.
    delayed_gain: bool,
}

impl Neuron {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        Ok(Neuron {
            psi: match config.text("pseudo")? {
                "fast_sigmoid" => Surrogate::FastSigmoid { slope: 100.0 },
                _ => Surrogate::Tanh,
            },
            membrane: if config.switch("post_reset_psi")? {
                Field::Reported
            } else {
                Field::Membrane
            },
            delayed_gain: config.switch("delayed_gain")?,
        })
    }

    /// ψ of `layer` and the gain into the next step, at the step or the steps that `net` has just made.
    pub(crate) fn slope_and_gain(&self, net: &Network, layer: &LayerInfo) -> Result<(Tensor, Tensor)> {
        let membrane = net.field(layer, self.membrane)?;
        let psi = membrane.pseudo_derivative(&self.psi, layer.neuron.threshold)?;
        let carried = self.carried(net, layer, &membrane, &psi)?;
        Ok((psi, carried))
    }

    /// The factors of `layer` in the sequence that `net` has just run.
    pub(crate) fn factors(&self, net: &Network, layer: &LayerInfo) -> Result<Factors> {
        let (psi, carried) = self.slope_and_gain(net, layer)?;
        let before_last = carried.dim(0)? - 1;
        let gains = Tensor::cat(
            &[&carried.narrow(0, 0, 1)?, &carried.narrow(0, 0, before_last)?],
            0,
        )?;
        Ok(Factors { psi, gains })
    }

    /// The gain from each step into the next: `∂v_{t+1}/∂v_t` without the recurrent matrix.
    fn carried(&self, net: &Network, layer: &LayerInfo, membrane: &Tensor, psi: &Tensor) -> Result<Tensor> {
        let (beta, threshold) = (layer.neuron.beta, layer.neuron.threshold);
        if !layer.spiking() {
            return psi.affine(0.0, beta);
        }
        match layer.neuron.reset.as_str() {
            // v' = β v (1 - s) + …
            "zero" => net
                .spikes(layer)?
                .affine(-beta, beta)?
                .add_product(-beta, membrane, psi),
            // v' = β (v - θ s) + …, or β v - θ s + … where the reset waits for the next step.
            "subtract" if layer.resets_at_once() && !self.delayed_gain => psi.affine(-beta * threshold, beta),
            "subtract" => psi.affine(-threshold, beta),
            _ => psi.affine(0.0, beta),
        }
    }
}
