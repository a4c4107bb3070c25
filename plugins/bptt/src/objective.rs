//! Losses of a whole sequence and the gradients they send into the readout.

use neurotrain_plugin_api::{Ctx, Error, Field, Network, Result, Tensor};

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

/// The segment that the network has just run, in the batch.
pub(crate) struct Segment<'a> {
    /// Labels of the samples that run together, `[b]`.
    pub(crate) labels: &'a Tensor,
    /// How many they are, and in the whole batch.
    pub(crate) samples: (usize, usize),
    /// First step, number of steps, and steps of the whole sequence.
    pub(crate) steps: (usize, usize, usize),
    /// Spikes of the readout over the whole sequence, `[b, C]`.
    pub(crate) counts: &'a Tensor,
}

/// What a segment adds to the loss, and the gradients `[S, b, C]` of the loss.
#[derive(Debug, Default)]
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

    /// Evaluates the segment that `net` has just run.
    pub(crate) fn evaluate(self, net: &Network, segment: &Segment<'_>, ctx: &Ctx) -> Result<Objective> {
        if net.readout()?.neuron.kind == "integrator" {
            last_membrane(net, segment, ctx)
        } else {
            self.of_spikes(&net.spikes(net.readout()?)?, segment)
        }
    }

    fn of_spikes(self, spikes: &Tensor, segment: &Segment<'_>) -> Result<Objective> {
        let (labels, counts) = (segment.labels, segment.counts);
        let (_, len, steps) = segment.steps;
        let (t, b) = (steps as f64, segment.samples.1 as f64);
        let share = segment.samples.0 as f64 / b;
        // A loss of the counts is counted with the last segment.
        let of_counts = if segment.is_last() { share } else { 0.0 };
        let (loss, grad) = match self {
            Loss::CeRate => (
                share * (len as f64 / t) * spikes.cross_entropy(labels)?,
                spikes.softmax_minus_one_hot(labels, 1.0 / (b * t))?,
            ),
            Loss::CeCount => (
                of_counts * counts.cross_entropy(labels)?,
                counts.softmax_minus_one_hot(labels, 1.0 / b)?,
            ),
            Loss::MseCount => {
                let classes = counts.shape()[1] as f64;
                let rate_error = counts.scale(1.0 / t)?.minus_one_hot(labels, 1.0)?;
                let loss = of_counts * t * rate_error.mul(&rate_error)?.mean(&[])?.item()?;
                (loss, rate_error.scale(2.0 / (b * classes))?)
            }
        };
        Ok(Objective {
            loss,
            spikes: Some(grad.broadcast_to(&spikes.shape())?),
            membrane: None,
        })
    }
}

impl Segment<'_> {
    fn is_last(&self) -> bool {
        let (start, len, steps) = self.steps;
        start + len == steps
    }
}

fn last_membrane(net: &Network, segment: &Segment<'_>, ctx: &Ctx) -> Result<Objective> {
    if !segment.is_last() {
        return Ok(Objective::default());
    }
    let len = segment.steps.1;
    let (samples, batch) = segment.samples;
    let last = net.field(net.readout()?, Field::Membrane)?.select(0, len - 1)?;
    let classes = last.shape()[1];
    let loss = samples as f64 / batch as f64 * last.cross_entropy(segment.labels)?;
    let grad = last
        .softmax_minus_one_hot(segment.labels, 1.0 / batch as f64)?
        .reshape(&[1, samples, classes])?;
    let membrane = if len == 1 {
        grad
    } else {
        Tensor::cat(&[&ctx.zeros(&[len - 1, samples, classes])?, &grad], 0)?
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
