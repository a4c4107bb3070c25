//! How much of a membrane survives into the next step, as the eligibilities see it.

use neurotrain_plugin_api::{Config, Field, LayerInfo, Network, Result, Surrogate, Tensor};

/// Which reset the neurons have, and which one the gains are the derivative of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResetModel {
    /// Neurons keep the reset they have, and the gains are its derivative.
    Matched,
    /// All neurons reset to zero, as in the paper.
    Zero,
    /// The gains are those of a reset to zero, but only neurons that reset at once are made to do so.
    AssumedZero,
}

impl ResetModel {
    pub(crate) const NAMES: [&'static str; 3] = ["match_reset", "zero_reset", "assume_zero"];

    /// As configured in `gain`; null is what `compat` says.
    pub(crate) fn configured(config: &Config) -> Result<Self> {
        Ok(match config.get("gain") {
            None if config.neurotrain()? => ResetModel::AssumedZero,
            None => ResetModel::Matched,
            Some(_) => match config.text("gain")? {
                "zero_reset" => ResetModel::Zero,
                "assume_zero" => ResetModel::AssumedZero,
                _ => ResetModel::Matched,
            },
        })
    }

    /// Makes the neurons of `net` reset as this model wants it.
    pub(crate) fn impose(self, net: &Network) -> Result<()> {
        for layer in net.layers().iter().filter(|l| l.spiking()) {
            match self {
                ResetModel::Zero => net.set_reset(layer, "zero")?,
                ResetModel::AssumedZero if layer.resets_at_once() => net.set_reset(layer, "zero")?,
                ResetModel::AssumedZero | ResetModel::Matched => {}
            }
        }
        Ok(())
    }

    fn of_layer(self, layer: &LayerInfo) -> Reset {
        match (self, layer.neuron.reset.as_str()) {
            (ResetModel::Zero | ResetModel::AssumedZero, _) | (ResetModel::Matched, "zero") => Reset::Zero,
            (ResetModel::Matched, "subtract") => Reset::Subtract,
            (ResetModel::Matched, _) => Reset::None,
        }
    }
}

enum Reset {
    Zero,
    Subtract,
    None,
}

/// The factors of one layer that hold no weights, `[B, n]` of a step or `[T, B, n]` of a run.
pub(crate) struct Factors {
    /// `h'_t = 1 - tanh²(v_t - θ)`.
    pub(crate) slope: Tensor,
    /// `∂v_{t+1}/∂v_t` without the recurrent matrix: the gain with which step t enters step t + 1.
    pub(crate) gain: Tensor,
}

/// Where and with which model the factors are evaluated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neuron {
    pub(crate) resets: ResetModel,
    /// The membrane before or after the reset.
    pub(crate) membrane: Field,
}

impl Neuron {
    /// The factors of `layer` at the steps that `net` has just made.
    pub(crate) fn factors(&self, net: &Network, layer: &LayerInfo) -> Result<Factors> {
        let (beta, threshold) = (layer.neuron.beta, layer.neuron.threshold);
        let membrane = net.field(layer, self.membrane)?;
        let slope = membrane.pseudo_derivative(&Surrogate::Tanh, threshold)?;
        let gain = match self.resets.of_layer(layer) {
            // v' = β v (1 - s) + …
            Reset::Zero => net
                .spikes(layer)?
                .affine(-beta, beta)?
                .add_product(-beta, &membrane, &slope)?,
            // v' = β (v - θ s) + …, or β v - θ s + … where the reset waits for the next step.
            Reset::Subtract if layer.resets_at_once() => slope.affine(-beta * threshold, beta)?,
            Reset::Subtract => slope.affine(-threshold, beta)?,
            Reset::None => slope.affine(0.0, beta)?,
        };
        Ok(Factors { slope, gain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use neurotrain_plugin_api::serde_json::{from_value, json};

    fn configured(compat: &str, gain: Option<&str>) -> ResetModel {
        let mut config = Config::defaults(&crate::manifest::params());
        config.set("compat", compat);
        if let Some(gain) = gain {
            config.set("gain", gain);
        }
        ResetModel::configured(&config).expect("a model")
    }

    #[test]
    fn an_unset_model_follows_compat() {
        assert_eq!(configured("recommended", None), ResetModel::Matched);
        assert_eq!(configured("neurotrain", None), ResetModel::AssumedZero);
        for compat in ["recommended", "neurotrain"] {
            assert_eq!(configured(compat, Some("zero_reset")), ResetModel::Zero);
        }
    }

    #[test]
    fn only_a_matched_model_looks_at_the_neurons() {
        let layer = |reset: &str| -> LayerInfo {
            from_value(json!({
                "index": 0, "name": "neurons.0", "synapse": "linear", "weight": 0,
                "neuron": { "kind": "lif", "beta": 0.9, "threshold": 1.0, "reset": reset,
                            "reset_order": "delayed",
                            "surrogate": { "kind": "fast_sigmoid", "slope": 25.0 } },
                "input_shape": [8], "shape": [8], "output_shape": [8], "sources": [],
                "from_input": true, "readout": false
            }))
            .expect("a layer")
        };
        let subtracts = layer("subtract");
        assert!(matches!(ResetModel::Zero.of_layer(&subtracts), Reset::Zero));
        assert!(matches!(
            ResetModel::AssumedZero.of_layer(&subtracts),
            Reset::Zero
        ));
        assert!(matches!(
            ResetModel::Matched.of_layer(&subtracts),
            Reset::Subtract
        ));
        assert!(matches!(
            ResetModel::Matched.of_layer(&layer("none")),
            Reset::None
        ));
    }
}
