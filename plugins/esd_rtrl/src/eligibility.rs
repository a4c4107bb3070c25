//! The postsynaptic factor of the eligibility, over a recorded sequence or step by step.

use neurotrain_plugin_api::{Batch, Ctx, Field, LayerInfo, Network, Result, Surrogate, Tensor};

/// Constants of `ε_t = α D_t ε_{t-1} + (1 - α) Df_t`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Eligibility {
    /// α.
    pub(crate) decay: f64,
    /// Height of the triangular `Df`; none: `Df` is 1.
    pub(crate) gamma: Option<f64>,
    /// Where `Df` is evaluated: before or after the reset.
    pub(crate) membrane: Field,
}

impl Eligibility {
    /// `ε [T, B, n]` of a spiking layer: `D_t = β (1 - s_{t-1})`.
    pub(crate) fn of_spikes(&self, net: &Network, layer: &LayerInfo) -> Result<Tensor> {
        let (gain, slope) = self.gain_and_slope(net, layer)?;
        slope.scan_gain(&gain)
    }

    /// `ε_t [B, n]` of a spiking layer at the step that `net` has just made, from that of the step before.
    pub(crate) fn next(&self, net: &Network, layer: &LayerInfo, before: &Tensor) -> Result<Tensor> {
        let (gain, slope) = self.gain_and_slope(net, layer)?;
        slope.add_product(1.0, &gain, before)
    }

    /// `α D` and `(1 - α) Df` of what `net` has just run.
    fn gain_and_slope(&self, net: &Network, layer: &LayerInfo) -> Result<(Tensor, Tensor)> {
        let gain = net
            .field(layer, Field::PreviousSpikes)?
            .affine(-self.decay * layer.neuron.beta, self.decay * layer.neuron.beta)?;
        let slope = match self.gamma {
            Some(gamma) => net.field(layer, self.membrane)?.pseudo_derivative(
                &Surrogate::Triangular {
                    scale: gamma * (1.0 - self.decay),
                    width: layer.neuron.threshold,
                },
                layer.neuron.threshold,
            )?,
            None => gain.affine(0.0, 1.0 - self.decay)?,
        };
        Ok((gain, slope))
    }

    /// `ε [T, 1, ..]` of a layer that only integrates, `D = Df = 1`: `1 - α^t`.
    pub(crate) fn of_integrator(&self, layer: &LayerInfo, batch: &Batch, ctx: &Ctx) -> Result<Tensor> {
        let mut shape = vec![batch.steps()];
        shape.resize(layer.shape.len() + 2, 1);
        ctx.tensor(&smoothed_ones(self.decay, batch.steps()), &shape)
    }
}

fn smoothed_ones(decay: f64, steps: usize) -> Vec<f64> {
    let mut value = 0.0;
    (0..steps)
        .map(|_| {
            value = decay * value + (1.0 - decay);
            value
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_ones_tends_to_one() {
        let ones = smoothed_ones(0.9, 30);
        for (t, value) in (1..).zip(&ones) {
            assert!((value - (1.0 - 0.9_f64.powi(t))).abs() < 1e-14, "step {t}");
        }
        assert_eq!(smoothed_ones(0.0, 2), [1.0, 1.0]);
    }
}
