//! When the teacher speaks.

use neurotrain_plugin_api::{Batch, Ctx, Result};

/// Teaching events: at every step with a fixed probability, shared by all samples and layers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Teaching {
    probability: f64,
}

impl Teaching {
    /// Events of `rate_hz`, at most one per step of `dt_ms`.
    pub(crate) fn new(rate_hz: f64, dt_ms: f64) -> Self {
        Teaching {
            probability: (rate_hz * dt_ms / 1000.0).min(1.0),
        }
    }

    /// Whether each step of `batch` teaches. The batch may bring its own uniform numbers, one per step, as
    /// `uniform_draws`: recorded runs do.
    pub(crate) fn events(self, batch: &Batch, ctx: &Ctx) -> Result<Vec<bool>> {
        let steps = batch.steps();
        if self.probability >= 1.0 {
            return Ok(vec![true; steps]);
        }
        let recorded = batch.extra().reals("uniform_draws").unwrap_or_default();
        if recorded.len() == steps {
            return Ok(recorded.into_iter().map(|u| self.hits(u)).collect());
        }
        // A function of the batch's place in the run, so that a resumed run draws what it would have drawn.
        let mut random = ctx.rng("etlp.teaching", (batch.epoch() << 32) | batch.index());
        Ok((0..steps).map(|_| self.hits(random.uniform())).collect())
    }

    fn hits(self, uniform: f64) -> bool {
        uniform <= self.probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_above_one_per_step_is_every_step() {
        assert_eq!(Teaching::new(1000.0, 1.0).probability, 1.0);
        assert_eq!(Teaching::new(4000.0, 1.0).probability, 1.0);
        assert_eq!(Teaching::new(100.0, 2.0).probability, 0.2);
    }

    #[test]
    fn a_step_teaches_up_to_the_probability() {
        let teaching = Teaching::new(250.0, 1.0);
        assert!(teaching.hits(0.25) && teaching.hits(0.0));
        assert!(!teaching.hits(0.26));
        assert!(!Teaching::new(0.0, 1.0).hits(1e-9));
    }
}
