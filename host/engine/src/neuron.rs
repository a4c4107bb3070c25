//! Neuron constants in the run's type.

use crate::scalar::Scalar;
use neurotrain_kernels::neuron::{Lif, Reset, ResetOrder};
use neurotrain_kernels::surrogate::Surrogate;
use neurotrain_plugin_api as api;
use neurotrain_plugin_api::{Error, NeuronInfo, Result};

/// The neurons of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Neuron<R> {
    /// Spiking.
    Lif { lif: Lif<R>, surrogate: Surrogate },
    /// Leaky or perfect integrator, which never spikes; the threshold stands for infinity.
    Integrator {
        beta: R,
        threshold: R,
        surrogate: Surrogate,
    },
    /// The current itself is the output.
    None,
}

impl<R: Scalar> Neuron<R> {
    pub(crate) fn new(info: &NeuronInfo) -> Result<Self> {
        let surrogate = surrogate_of(&info.surrogate)?;
        Ok(match info.kind.as_str() {
            "none" => Neuron::None,
            "integrator" => Neuron::Integrator {
                beta: R::from_f64(info.beta),
                threshold: R::from_f64(info.threshold),
                surrogate,
            },
            _ => Neuron::Lif {
                lif: Lif {
                    beta: R::from_f64(info.beta),
                    threshold: R::from_f64(info.threshold),
                    reset: reset_of(&info.reset)?,
                    order: if info.reset_order == "immediate" {
                        ResetOrder::Immediate
                    } else {
                        ResetOrder::Delayed
                    },
                    inclusive: info.surrogate.fires_at_threshold(),
                },
                surrogate,
            },
        })
    }

    /// Changes one constant: `beta`, `threshold`, or `reset:<kind>`.
    pub(crate) fn set(&mut self, constant: &str, value: f64) -> Result<()> {
        let refused = |why: &str| {
            Err(Error::new(
                "bad-operand",
                format!("`{constant}` = {value}: {why}"),
            ))
        };
        if let Some(kind) = constant.strip_prefix("reset:") {
            let reset = reset_of(kind)?;
            return match self {
                Neuron::Lif { lif, .. } => {
                    lif.reset = reset;
                    Ok(())
                }
                _ => refused("this layer never spikes, so it has no reset"),
            };
        }
        if !value.is_finite() {
            return refused("not a finite number");
        }
        match (self, constant) {
            (Neuron::Lif { lif, .. }, "beta") => lif.beta = R::from_f64(value),
            (Neuron::Integrator { beta, .. }, "beta") => *beta = R::from_f64(value),
            (Neuron::Lif { .. }, "threshold") if value <= 0.0 => {
                return refused("a threshold must be positive");
            }
            (Neuron::Lif { lif, .. }, "threshold") => lif.threshold = R::from_f64(value),
            (_, "beta" | "threshold") => return refused("the neurons of this layer have no such constant"),
            _ => return refused("the constants are `beta`, `threshold` and `reset:<kind>`"),
        }
        Ok(())
    }
}

fn reset_of(kind: &str) -> Result<Reset> {
    match kind {
        "subtract" => Ok(Reset::Subtract),
        "zero" => Ok(Reset::Zero),
        "none" => Ok(Reset::None),
        other => Err(Error::new(
            "bad-operand",
            format!("reset `{other}` is not one of subtract, zero, none"),
        )),
    }
}

/// The surrogate in the form of the kernels.
pub(crate) fn surrogate_of(surrogate: &api::Surrogate) -> Result<Surrogate> {
    Ok(match *surrogate {
        api::Surrogate::FastSigmoid { slope } => Surrogate::FastSigmoid { slope },
        api::Surrogate::Sigmoid { slope } => Surrogate::Sigmoid { slope },
        api::Surrogate::Atan { scale } => Surrogate::Atan { scale },
        api::Surrogate::Triangular { scale, width } => Surrogate::Triangular { scale, width },
        api::Surrogate::Tanh => Surrogate::Tanh,
        api::Surrogate::Boxcar { half_width } => Surrogate::Boxcar { half_width },
        _ => {
            return Err(Error::new(
                "unsupported",
                format!("this host does not know the surrogate {surrogate:?}"),
            )
            .with_hint("use a newer host"));
        }
    })
}
