//! A batch, or a part of it, step by step.

use crate::constants::Constants;
use crate::eligibility::Eligibility;
use crate::rule::{EProp, hidden};
use neurotrain_plugin_api::{Batch, Ctx, Execution, Field, LayerGrads, Matrix, Network, Result, Tensor};

/// Gradients of everything that is trained.
pub(crate) struct Grads {
    pub(crate) hidden: LayerGrads,
    /// `[C, n]`.
    pub(crate) readout: Tensor,
}

impl Grads {
    pub(crate) fn zeros(net: &Network, ctx: &Ctx) -> Result<Self> {
        let (layer, _) = hidden(net)?;
        Ok(Grads {
            hidden: LayerGrads::zeros(layer, ctx)?,
            readout: ctx.zeros(&[net.readout()?.size(), layer.size()])?,
        })
    }
}

/// What passes from step to step.
pub(crate) struct Stream<'b> {
    batch: &'b Batch,
    eligibility: Eligibility,
    /// κ-filtered hidden spikes `[B, n]`.
    spikes: Tensor,
    /// `y_t [B, C]`.
    output: Tensor,
    /// `Σ y_t [B, C]`.
    pub(crate) sum: Tensor,
}

impl<'b> Stream<'b> {
    /// Before the first step of `batch`, of which the network is cleared.
    pub(crate) fn new(
        rule: &EProp,
        execution: Execution,
        net: &Network,
        batch: &'b Batch,
        ctx: &Ctx,
    ) -> Result<Self> {
        let (layer, _) = hidden(net)?;
        net.reset(batch.len())?;
        Ok(Stream {
            batch,
            eligibility: Eligibility::new(execution, &rule.constants, layer, batch, ctx)?,
            spikes: ctx.zeros(&[batch.len(), layer.size()])?,
            output: ctx.zeros(&[batch.len(), batch.classes()])?,
            sum: ctx.zeros(&[batch.len(), batch.classes()])?,
        })
    }

    /// Makes step `t` and adds what it teaches to `grads`; returns whether it teaches. `share` is what a sample counts.
    pub(crate) fn step(
        &mut self,
        rule: &EProp,
        net: &Network,
        t: usize,
        share: f64,
        grads: &Grads,
    ) -> Result<bool> {
        let (layer, _) = hidden(net)?;
        let readout = net.readout()?;
        let Constants {
            kappa,
            threshold,
            psi,
            ..
        } = rule.constants;
        net.step(&self.batch.step(t)?)?;
        let psi = net
            .field(layer, rule.membrane)?
            .pseudo_derivative(&psi, threshold)?;
        self.spikes.trace(kappa, &net.spikes(layer)?)?;
        self.output.trace(kappa, &net.field(readout, Field::Current)?)?;
        self.sum.add_scaled(1.0, &self.output)?;
        let teaches = rule.schedule.teaches(t, self.batch.steps());
        let signal = if teaches {
            let error = self.output.softmax_minus_one_hot(self.batch.labels(), share)?;
            let readout_grad = net.weight_grad(readout, Matrix::FeedForward, &error, &self.spikes)?;
            grads.readout.add_scaled(1.0, &readout_grad)?;
            Some(rule.broadcast(net, &error)?) // [B, n]
        } else {
            None
        };
        self.eligibility
            .step(net, layer, psi, signal.as_ref(), &grads.hidden)?;
        Ok(teaches)
    }
}
