//! Eligibilities of all synapses onto the recurrent layer, step by step: from the history, or as traces.
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
//! filter (κ = 0) `E_t = ψ_t[j] x̄_t[i]`, and two traces are enough. In long sequences the work of the history, which
//! grows with T², exceeds that of a trace per synapse, which grows with T.

use crate::constants::Constants;
use crate::trace::Traces;
use neurotrain_plugin_api::{
    Batch, Ctx, Execution, Field, LayerGrads, LayerInfo, Matrix, Network, Result, Tensor,
};

/// Share of a hidden neuron's steps with a spike, as a guess of what products with its spikes cost.
const HIDDEN_DENSITY: f64 = 0.15;

/// What the sequence so far has left behind.
pub(crate) enum Eligibility {
    /// Factors of the past, for κ > 0: linear in T.
    History(History),
    /// Filtered inputs and the present pseudo-derivative, for κ = 0: constant in T.
    Present(Present),
    /// A trace per synapse, for κ > 0: constant in T. With it, the signal `[B, n]` of steps that do not teach.
    Traces(Traces, Tensor),
}

impl Eligibility {
    pub(crate) fn new(
        execution: Execution,
        constants: &Constants,
        layer: &LayerInfo,
        batch: &Batch,
        ctx: &Ctx,
    ) -> Result<Self> {
        let Constants { alpha, kappa, .. } = *constants;
        let (b, n) = (batch.len(), layer.size());
        if kappa == 0.0 {
            let inputs = layer.input_shape.iter().product();
            return Ok(Eligibility::Present(Present {
                alpha,
                input: ctx.zeros(&[b, inputs])?,
                previous: ctx.zeros(&[b, n])?,
                ones: ctx.zeros(&[b, 1])?,
                psi: ctx.zeros(&[b, n])?,
            }));
        }
        if !keeps_history(execution, layer, batch)? {
            let nothing = ctx.zeros(&[b, n])?;
            return Ok(Eligibility::Traces(
                Traces::new(constants, layer, batch, ctx)?,
                nothing,
            ));
        }
        let total = if batch.constant_input() {
            Some(ctx.zeros(&[b, n])?)
        } else {
            None
        };
        Ok(Eligibility::History(History {
            alpha,
            kappa,
            factors: Vec::new(),
            inputs: Vec::new(),
            previous: Vec::new(),
            total,
        }))
    }

    /// Numbers that a sample of `batch` keeps in the form that is constant in T.
    pub(crate) fn reals(constants: &Constants, layer: &LayerInfo, batch: &Batch) -> usize {
        if constants.kappa == 0.0 {
            layer.size()
        } else {
            Traces::reals(layer, batch)
        }
    }

    /// Takes in the step that `net` has just made, with its pseudo-derivatives `[B, n]`, and adds `Σ_b L_t E_t` to
    /// `grads` for a learning signal `L_t [B, n]`, if there is one.
    pub(crate) fn step(
        &mut self,
        net: &Network,
        layer: &LayerInfo,
        psi: Tensor,
        signal: Option<&Tensor>,
        grads: &LayerGrads,
    ) -> Result<()> {
        match self {
            Eligibility::History(history) => {
                history.advance(net, layer, psi)?;
                signal.map_or(Ok(()), |signal| history.gradients(net, layer, signal, grads))
            }
            Eligibility::Present(present) => {
                present.advance(net, layer, psi)?;
                signal.map_or(Ok(()), |signal| present.gradients(net, layer, signal, grads))
            }
            Eligibility::Traces(traces, nothing) => {
                traces.step(net, layer, &psi, signal.unwrap_or(nothing), grads)
            }
        }
    }
}

/// Whether the history is asked for or cheaper.
fn keeps_history(execution: Execution, layer: &LayerInfo, batch: &Batch) -> Result<bool> {
    let n = layer.size();
    if execution != Execution::Auto || batch.constant_input() {
        return Ok(execution.keeps_history(batch.steps(), n, HIDDEN_DENSITY));
    }
    let inputs: usize = layer.input_shape.iter().product();
    let active = batch.density()? * inputs as f64 + HIDDEN_DENSITY * n as f64;
    let both = inputs + n;
    Ok(execution.keeps_history(batch.steps(), both, active / both as f64))
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
    fn gradients(&self, net: &Network, layer: &LayerInfo, signal: &Tensor, grads: &LayerGrads) -> Result<()> {
        let post = stacked(&self.factors)?.mul(signal)?; // [t+1, B, n]
        let input = match &self.total {
            Some(total) => (total.mul(signal)?, net.input(layer)?),
            None => (post.clone(), stacked(&self.inputs)?),
        };
        grads.add(
            net,
            layer,
            (&input.0, &input.1),
            &post,
            Some(&stacked(&self.previous)?),
        )
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

    fn gradients(&self, net: &Network, layer: &LayerInfo, signal: &Tensor, grads: &LayerGrads) -> Result<()> {
        let post = self.psi.mul(signal)?;
        let input = net.weight_grad(layer, Matrix::FeedForward, &post, &self.input)?;
        grads.input.add_scaled(1.0, &input)?;
        if let Some(sum) = &grads.recurrent {
            sum.add_scaled(
                1.0,
                &net.weight_grad(layer, Matrix::Recurrent, &post, &self.previous)?,
            )?;
        }
        grads
            .bias
            .add_scaled(1.0, &net.bias_grad(layer, &post.mul(&self.ones)?)?)
    }
}
