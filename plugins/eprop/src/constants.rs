//! Decays, the pseudo-derivative, and which steps teach.

use neurotrain_plugin_api::{Config, LayerInfo, Result, Surrogate};

/// What the reference uses where the configuration says nothing.
const REFERENCE_TAU_MEM: f64 = 20.0;
const REFERENCE_THRESHOLD: f64 = 0.03;
/// Readout time constant where the configuration says nothing, in the unit of `dt`.
const TAU_OUT: f64 = 30.0;

/// The numbers of the eligibility traces and of the rule's own readout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Constants {
    /// Decay of the presynaptic filter per step.
    pub(crate) alpha: f64,
    /// Decay of the readout and of the eligibility's filter per step.
    pub(crate) kappa: f64,
    /// Where the pseudo-derivative is centred.
    pub(crate) threshold: f64,
    /// `(γ/θ) max(0, 1 - |v/θ - 1|)`.
    pub(crate) psi: Surrogate,
}

impl Constants {
    /// From the configuration and the recurrent layer: unset values are the layer's own, or, under
    /// `compat: neurotrain`, the reference's.
    pub(crate) fn new(config: &Config, layer: &LayerInfo) -> Result<Self> {
        let neurotrain = config.neurotrain()?;
        let dt = config.f64_opt("dt")?.unwrap_or(1.0);
        let decay = |tau: f64| if tau > 0.0 { (-dt / tau).exp() } else { 0.0 };
        let alpha = match config.f64_opt("tau_mem")? {
            Some(tau) => decay(tau),
            None if neurotrain => decay(REFERENCE_TAU_MEM),
            None => layer.neuron.beta,
        };
        let own = if neurotrain {
            REFERENCE_THRESHOLD
        } else {
            layer.neuron.threshold
        };
        let threshold = config.f64_opt("threshold")?.unwrap_or(own);
        Ok(Constants {
            alpha,
            kappa: decay(config.f64_opt("tau_out")?.unwrap_or(TAU_OUT)),
            threshold,
            psi: Surrogate::Triangular {
                scale: config.f64("gamma")? / threshold,
                width: threshold,
            },
        })
    }
}

/// Which steps of a sequence compare the readout with the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Every how many steps.
    pub(crate) every: usize,
    /// Only the last step.
    pub(crate) last: bool,
}

impl Schedule {
    /// Whether step `t` of `steps`, from 0, teaches.
    pub(crate) fn teaches(self, t: usize, steps: usize) -> bool {
        if self.last {
            t + 1 == steps
        } else {
            (t + 1).is_multiple_of(self.every)
        }
    }

    /// Whether every step does.
    pub(crate) fn always(self) -> bool {
        self.every == 1 && !self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use neurotrain_plugin_api::serde_json::{from_value, json};

    fn layer() -> LayerInfo {
        from_value(json!({
            "index": 0, "name": "neurons.0", "synapse": "linear", "weight": 0,
            "recurrent": { "weight": 1, "bias": 2 },
            "neuron": { "kind": "lif", "beta": 0.9, "threshold": 1.5, "reset": "subtract",
                        "reset_order": "immediate", "surrogate": { "kind": "fast_sigmoid", "slope": 25.0 } },
            "input_shape": [20], "shape": [16], "output_shape": [16], "sources": [], "from_input": true,
            "readout": false
        }))
        .expect("a layer")
    }

    fn constants(compat: &str, edit: impl FnOnce(&mut Config)) -> Constants {
        let mut config = Config::defaults(&crate::manifest::params());
        config.set("compat", compat);
        edit(&mut config);
        Constants::new(&config, &layer()).expect("constants")
    }

    #[test]
    fn unset_constants_follow_the_network_or_the_reference() {
        let ours = constants("recommended", |_| ());
        assert_eq!((ours.alpha, ours.threshold), (0.9, 1.5));
        assert_eq!(
            ours.psi,
            Surrogate::Triangular {
                scale: 0.3 / 1.5,
                width: 1.5
            }
        );
        let reference = constants("neurotrain", |_| ());
        assert!((reference.alpha - 0.951_229_424_500_714).abs() < 1e-15);
        assert!((reference.kappa - 0.967_216_100_482_005_9).abs() < 1e-15);
        assert_eq!(reference.threshold, 0.03);
    }

    #[test]
    fn configured_constants_win_over_both() {
        for compat in ["recommended", "neurotrain"] {
            let given = constants(compat, |c| {
                c.set("dt", 2.0);
                c.set("tau_mem", 10.0);
                c.set("tau_out", 0.0);
                c.set("threshold", 0.5);
            });
            assert_eq!(
                (given.alpha, given.kappa, given.threshold),
                ((-0.2_f64).exp(), 0.0, 0.5)
            );
        }
    }

    #[test]
    fn schedules_count_from_one() {
        let teaching = |every, last| -> Vec<usize> {
            (0..7)
                .filter(|t| Schedule { every, last }.teaches(*t, 7))
                .collect()
        };
        assert_eq!(teaching(1, false), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(teaching(3, false), [2, 5]);
        assert_eq!(teaching(1, true), [6]);
    }
}
