//! Eligibilities of all synapses onto the recurrent layer, one trace each: constant in T.

use crate::constants::Constants;
use neurotrain_plugin_api::{Batch, Ctx, Field, LayerGrads, LayerInfo, Matrix, Network, Result, Tensor};

/// `E_t = κ E_{t-1} + ψ_t ⊗ x̄_t` with the α-filtered input `x̄`.
pub(crate) struct Traces {
    alpha: f64,
    kappa: f64,
    input: Input,
    /// α-filtered spikes of the step before, `[B, n]`, and the eligibilities of the recurrent matrix, `[B, n, n]`.
    previous: Tensor,
    recurrent: Tensor,
    /// The α-filtered constant 1 that feeds a bias, and the bias's eligibility `[B, n]`.
    ones: f64,
    bias: Tensor,
}

enum Input {
    /// α-filtered input `[B, i]` and eligibilities `[B, n, i]`.
    Varying { filtered: Tensor, trace: Tensor },
    /// Where every step has the same input, its filter is the input times that of a 1, so that the eligibility is that of
    /// a bias times the input.
    Constant,
}

impl Traces {
    pub(crate) fn new(constants: &Constants, layer: &LayerInfo, batch: &Batch, ctx: &Ctx) -> Result<Self> {
        let (b, n, i) = (batch.len(), layer.size(), inputs(layer));
        Ok(Traces {
            alpha: constants.alpha,
            kappa: constants.kappa,
            input: if batch.constant_input() {
                Input::Constant
            } else {
                Input::Varying {
                    filtered: ctx.zeros(&[b, i])?,
                    trace: ctx.zeros(&[b, n, i])?,
                }
            },
            previous: ctx.zeros(&[b, n])?,
            recurrent: ctx.zeros(&[b, n, n])?,
            ones: 0.0,
            bias: ctx.zeros(&[b, n])?,
        })
    }

    /// Numbers that a sample of `batch` keeps.
    pub(crate) fn reals(layer: &LayerInfo, batch: &Batch) -> usize {
        let of_input = if batch.constant_input() { 0 } else { inputs(layer) };
        layer.size() * (of_input + layer.size())
    }

    /// Takes in the step that `net` has just made, and adds `Σ_b L_t E_t` to `grads`.
    pub(crate) fn step(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        psi: &Tensor,
        signal: &Tensor,
        grads: &LayerGrads,
    ) -> Result<()> {
        let (alpha, kappa) = (self.alpha, self.kappa);
        self.ones = alpha * self.ones + 1.0;
        self.bias.trace_scaled(kappa, self.ones, psi)?;
        let of_bias = self.bias.mul(signal)?;
        grads.bias.add_scaled(1.0, &of_bias.sum(&[0])?)?;
        let x = net.input(layer)?;
        match &self.input {
            Input::Varying { filtered, trace } => {
                filtered.trace(alpha, &x)?;
                trace.eligibility_step(kappa, psi, filtered, signal, &grads.input)?;
            }
            Input::Constant => {
                let grad = net.weight_grad(layer, Matrix::FeedForward, &of_bias, &x)?;
                grads.input.add_scaled(1.0, &grad)?;
            }
        }
        if let Some(sum) = &grads.recurrent {
            self.previous
                .trace(alpha, &net.field(layer, Field::PreviousSpikes)?)?;
            self.recurrent
                .eligibility_step(kappa, psi, &self.previous, signal, sum)?;
        }
        Ok(())
    }
}

fn inputs(layer: &LayerInfo) -> usize {
    layer.input_shape.iter().product()
}
