//! Gradients of parameters, summed over the parts of a batch.

use neurotrain_plugin_api::{Result, Tensor};

/// Gradients by parameter, in the order of their first appearance.
#[derive(Debug, Default)]
pub(crate) struct Gradients {
    by_param: Vec<(usize, Tensor)>,
}

impl Gradients {
    /// Adds gradients of a part.
    pub(crate) fn add(&mut self, part: Vec<(usize, Tensor)>) -> Result<()> {
        for (param, grad) in part {
            match self.by_param.iter().find(|(known, _)| *known == param) {
                Some((_, sum)) => sum.add_scaled(1.0, &grad)?,
                None => self.by_param.push((param, grad)),
            }
        }
        Ok(())
    }

    /// Scales all gradients by `min(1, limit / (norm + 1e-6))`, the norm taken over all of them.
    pub(crate) fn clip_norm(&mut self, limit: f64) -> Result<()> {
        let mut square = 0.0;
        for (_, grad) in &self.by_param {
            square += grad.norm()?.powi(2);
        }
        let factor = limit / (square.sqrt() + 1e-6);
        if factor < 1.0 {
            for (_, grad) in &mut self.by_param {
                *grad = grad.scale(factor)?;
            }
        }
        Ok(())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Tensor)> {
        self.by_param.iter().map(|(param, grad)| (*param, grad))
    }
}
