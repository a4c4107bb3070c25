//! Eligibilities of all synapses onto the recurrent layer, never formed per synapse.
//!
//! The eligibility of synapse i → j is `E_t = Σ_{τ≤t} κ^{t-τ} ψ_τ[j] x̄_τ[i]` with `x̄` the α-filtered input.
//! Inserting the filter and exchanging the sums gives
//!
//! ```text
//! E_t = Σ_{s≤t} K_{t,s}[j] x_s[i],    K_{t,s} = κ K_{t-1,s} + α^{t-s} ψ_t
//! ```
//!
//! One factor per neuron and past step, whatever the number of inputs, against the *plain* input, which may
//! be binary. K holds no weights, so it stays exact when weights move at every step. Without a readout
//! filter (κ = 0) `E_t = ψ_t[j] x̄_t[i]`, and two traces are enough.

use crate::constants::Constants;
use neurotrain_plugin_api::{Batch, Ctx, Field, LayerInfo, Matrix, Network, Result, Tensor};

/// Gradients of the arrays that feed the recurrent layer.
pub(crate) struct HiddenGrads {
    pub(crate) input: Tensor,
    pub(crate) recurrent: Tensor,
    pub(crate) bias: Tensor,
}

/// What the sequence so far has left behind.
pub(crate) enum Eligibility {
    /// Factors of the past, for κ > 0: linear in T.
    History(History),
    /// Filtered inputs and the present pseudo-derivative, for κ = 0: constant in T.
    Present(Present),
}

impl Eligibility {
    pub(crate) fn new(constants: &Constants, layer: &LayerInfo, batch: &Batch, ctx: &Ctx) -> Result<Self> {
        let Constants { alpha, kappa, .. } = *constants;
        let (b, n) = (batch.len(), layer.size());
        Ok(if kappa > 0.0 {
            let total = if batch.constant_input() {
                Some(ctx.zeros(&[b, n])?)
            } else {
                None
            };
            Eligibility::History(History {
                alpha,
                kappa,
                factors: Vec::new(),
                inputs: Vec::new(),
                previous: Vec::new(),
                total,
            })
        } else {
            let inputs = layer.input_shape.iter().product();
            Eligibility::Present(Present {
                alpha,
                input: ctx.zeros(&[b, inputs])?,
                previous: ctx.zeros(&[b, n])?,
                ones: ctx.zeros(&[b, 1])?,
                psi: ctx.zeros(&[b, n])?,
            })
        })
    }

    /// Takes in the step that `net` has just made, with its pseudo-derivatives `[B, n]`.
    pub(crate) fn advance(&mut self, net: &Network, layer: &LayerInfo, psi: Tensor) -> Result<()> {
        match self {
            Eligibility::History(history) => history.advance(net, layer, psi),
            Eligibility::Present(present) => present.advance(net, layer, psi),
        }
    }

    /// `Σ_b L_t E_t` for a learning signal `L_t [B, n]`.
    pub(crate) fn gradients(&self, net: &Network, layer: &LayerInfo, signal: &Tensor) -> Result<HiddenGrads> {
        match self {
            Eligibility::History(history) => history.gradients(net, layer, signal),
            Eligibility::Present(present) => present.gradients(net, layer, signal),
        }
    }
}

pub(crate) struct History {
    alpha: f64,
    kappa: f64,
    /// `K_{t,s} [B, n]` for s = 0..=t.
    factors: Vec<Tensor>,
    /// Inputs `[B, i]` of step s, for s = 0..=t; empty where every step has the same.
    inputs: Vec<Tensor>,
    /// Spikes `[B, n]` of step s - 1, for s = 0..=t.
    previous: Vec<Tensor>,
    /// Where every step has the same input: `Σ_s K_{t,s}`, all that the input matrix needs of the past.
    total: Option<Tensor>,
}

impl History {
    fn advance(&mut self, net: &Network, layer: &LayerInfo, psi: Tensor) -> Result<()> {
        let age = self.factors.len();
        for (s, factor) in self.factors.iter().enumerate() {
            factor.trace_scaled(self.kappa, self.alpha.powi((age - s) as i32), &psi)?;
        }
        match &self.total {
            Some(total) => {
                let gain: f64 = (0..=age).map(|k| self.alpha.powi(k as i32)).sum();
                total.trace_scaled(self.kappa, gain, &psi)?;
            }
            None => self.inputs.push(net.input(layer)?),
        }
        self.factors.push(psi);
        self.previous.push(net.field(layer, Field::PreviousSpikes)?);
        Ok(())
    }

    /// One product with inner size (t+1)·B per matrix.
    fn gradients(&self, net: &Network, layer: &LayerInfo, signal: &Tensor) -> Result<HiddenGrads> {
        let post = stacked(&self.factors)?.mul(signal)?; // [t+1, B, n]
        let input = match &self.total {
            Some(total) => (total.mul(signal)?, net.input(layer)?),
            None => (post.clone(), stacked(&self.inputs)?),
        };
        Ok(HiddenGrads {
            input: net.weight_grad(layer, Matrix::FeedForward, &input.0, &input.1)?,
            recurrent: net.weight_grad(layer, Matrix::Recurrent, &post, &stacked(&self.previous)?)?,
            bias: net.bias_grad(layer, &post)?,
        })
    }
}

fn stacked(tensors: &[Tensor]) -> Result<Tensor> {
    Tensor::stack(&tensors.iter().collect::<Vec<_>>(), 0)
}

pub(crate) struct Present {
    alpha: f64,
    /// α-filtered input `[B, i]`, spikes `[B, n]` and the constant 1 `[B, 1]` that feeds a bias.
    input: Tensor,
    previous: Tensor,
    ones: Tensor,
    psi: Tensor,
}

impl Present {
    fn advance(&mut self, net: &Network, layer: &LayerInfo, psi: Tensor) -> Result<()> {
        self.input.trace(self.alpha, &net.input(layer)?)?;
        self.previous
            .trace(self.alpha, &net.field(layer, Field::PreviousSpikes)?)?;
        self.ones = self.ones.affine(self.alpha, 1.0)?;
        self.psi = psi;
        Ok(())
    }

    fn gradients(&self, net: &Network, layer: &LayerInfo, signal: &Tensor) -> Result<HiddenGrads> {
        let post = self.psi.mul(signal)?;
        Ok(HiddenGrads {
            input: net.weight_grad(layer, Matrix::FeedForward, &post, &self.input)?,
            recurrent: net.weight_grad(layer, Matrix::Recurrent, &post, &self.previous)?,
            bias: net.bias_grad(layer, &post.mul(&self.ones)?)?,
        })
    }
}
