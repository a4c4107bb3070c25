//! The instantaneous loss on the readout's membrane.

use neurotrain_plugin_api::{Result, Tensor};

/// `l_t = ((1 - μ) CE(q_t, y) + μ MSE(q_t, Y)) / T` on the readout's membranes `q`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Objective {
    pub(crate) mse_share: f64,
    pub(crate) steps: usize,
}

impl Objective {
    /// The loss of `membrane [B, C]`, or the sum over steps of `[T, B, C]`, and its gradient.
    pub(crate) fn evaluate(&self, membrane: &Tensor, labels: &Tensor) -> Result<(f64, Tensor)> {
        let shape = membrane.shape();
        let (classes, batch) = (shape[shape.len() - 1] as f64, shape[shape.len() - 2] as f64);
        let given = if shape.len() > 2 { shape[0] as f64 } else { 1.0 };
        let (mu, steps) = (self.mse_share, self.steps as f64);
        let share = given / steps;

        let mut loss = (1.0 - mu) * share * membrane.cross_entropy(labels)?;
        let grad = membrane.softmax_minus_one_hot(labels, (1.0 - mu) / (batch * steps))?;
        if mu == 0.0 {
            return Ok((loss, grad));
        }
        let error = membrane.minus_one_hot(labels, 1.0)?;
        loss += mu * share * error.mul(&error)?.mean(&[])?.item()?;
        Ok((
            loss,
            grad.add(&error.scale(mu * 2.0 / (batch * classes * steps))?)?,
        ))
    }
}
