//! Losses of a whole sequence and the gradients they send into the readout.

use neurotrain_plugin_api::{Batch, Ctx, Error, Field, Network, Result, Tensor};

/// A loss over the readout's spikes; an integrator is judged by the cross-entropy of its last membrane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// `1/T Σ_t CE(s_t, y)`.
    CeRate,
    /// `1/T · mean (Σ_t s_t - T·onehot(y))²`.
    MseCount,
    /// `CE(Σ_t s_t, y)`.
    CeCount,
}

/// The value of a loss and its gradients `[T, B, C]`.
pub(crate) struct Objective {
    pub(crate) loss: f64,
    pub(crate) spikes: Option<Tensor>,
    pub(crate) membrane: Option<Tensor>,
}

impl Loss {
    pub(crate) const NAMES: [&'static str; 3] = ["ce_rate", "mse_count", "ce_count"];

    pub(crate) fn from_name(name: &str) -> Result<Self> {
        match name {
            "ce_rate" => Ok(Loss::CeRate),
            "mse_count" => Ok(Loss::MseCount),
            "ce_count" => Ok(Loss::CeCount),
            other => Err(Error::new("bad-config", format!("`loss_type` is `{other}`"))
                .with_hint(format!("one of {}", Self::NAMES.join(", ")))),
        }
    }

    /// Evaluates the sequence that `net` has just run.
    pub(crate) fn evaluate(self, net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Objective> {
        if net.readout()?.neuron.kind == "integrator" {
            last_membrane(net, batch, ctx)
        } else {
            self.of_spikes(&net.spikes(net.readout()?)?, batch)
        }
    }

    fn of_spikes(self, spikes: &Tensor, batch: &Batch) -> Result<Objective> {
        let (t, b, c) = (batch.steps() as f64, batch.len() as f64, batch.classes() as f64);
        let labels = batch.labels();
        let (loss, grad) = match self {
            Loss::CeRate => (
                spikes.cross_entropy(labels)?,
                spikes.softmax_minus_one_hot(labels, 1.0 / (b * t))?,
            ),
            Loss::CeCount => {
                let count = spikes.sum(&[0])?;
                (
                    count.cross_entropy(labels)?,
                    count.softmax_minus_one_hot(labels, 1.0 / b)?,
                )
            }
            Loss::MseCount => {
                let rate_error = spikes.sum(&[0])?.scale(1.0 / t)?.minus_one_hot(labels, 1.0)?;
                let loss = t * rate_error.mul(&rate_error)?.mean(&[])?.item()?;
                (loss, rate_error.scale(2.0 / (b * c))?)
            }
        };
        Ok(Objective {
            loss,
            spikes: Some(grad.broadcast_to(&spikes.shape())?),
            membrane: None,
        })
    }
}

fn last_membrane(net: &Network, batch: &Batch, ctx: &Ctx) -> Result<Objective> {
    let (t, b, c) = (batch.steps(), batch.len(), batch.classes());
    let last = net.field(net.readout()?, Field::Membrane)?.select(0, t - 1)?;
    let loss = last.cross_entropy(batch.labels())?;
    let grad = last
        .softmax_minus_one_hot(batch.labels(), 1.0 / b as f64)?
        .reshape(&[1, b, c])?;
    let membrane = if t == 1 {
        grad
    } else {
        Tensor::cat(&[&ctx.zeros(&[t - 1, b, c])?, &grad], 0)?
    };
    Ok(Objective {
        loss,
        spikes: None,
        membrane: Some(membrane),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_loss_and_nothing_else_is() {
        assert!(Loss::NAMES.iter().all(|name| Loss::from_name(name).is_ok()));
        let error = Loss::from_name("ce").expect_err("an unknown loss");
        assert!(error.to_string().contains("ce_rate"), "{error}");
    }
}
