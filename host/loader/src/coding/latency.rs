//! Latency coding: the time that a leaky integrator takes to reach its threshold.

use super::{flag, positive};
use neurotrain_plugin_api::{Config, Error, Result};

/// Latency coding (S. Thorpe and J. Gautrais, "Rank order coding", 1998; in the form of J. K. Eshraghian et al.,
/// "Training spiking neural networks using lessons from deep learning", Proceedings of the IEEE 111(9), 2023, and of
/// snnTorch, whose spikes these are).
///
/// A membrane driven by the constant current x with time constant tau reaches the threshold theta at
///
/// t(x) = tau · ln(x / (x − theta)), with x at least theta + 1e-7,
///
/// or, `linear`, t(x) = tau · (1 − max(x, theta)). `normalize` stretches the times of a sample so that its latest spike is
/// at step T − 1 (linear: tau = T − 1). The spike is at the nearest step (halves to the even one); spikes after the last
/// step are left out, and, with `clip`, those of values below theta.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyCode {
    /// Threshold theta, between 0 and 1.
    pub threshold: f32,
    /// Time constant in steps.
    pub tau: f32,
    /// Whether times fall linearly with the value.
    pub linear: bool,
    /// Whether times are stretched to the length of a sequence.
    pub normalize: bool,
    /// Whether values below the threshold are silent.
    pub clip: bool,
}

/// Keeps times finite.
const EPSILON: f64 = 1e-7;

impl LatencyCode {
    pub(super) fn from_params(params: &Config) -> Result<Self> {
        let threshold = positive(params, "latency_threshold", 0.01)?;
        if threshold >= 1.0 {
            return Err(Error::new(
                "bad-config",
                format!("`latency_threshold` is {threshold}, but must be below 1"),
            ));
        }
        Ok(LatencyCode {
            threshold,
            tau: positive(params, "latency_tau", 1.0)?,
            linear: flag(params, "latency_linear", false)?,
            normalize: flag(params, "latency_normalize", true)?,
            clip: flag(params, "latency_clip", true)?,
        })
    }

    /// The factor of [`time`](LatencyCode::time) for a sample whose smallest value is `least`.
    pub(super) fn stretch(&self, least: f32, steps: usize) -> f32 {
        match (self.normalize, self.linear) {
            (false, _) | (true, true) => 1.0,
            // Times fall with the value.
            (true, false) => self.time(least, steps),
        }
    }

    /// The step of the spike of `value`, if it has one, with the factor of its sample.
    #[inline]
    pub(super) fn step(&self, value: f32, stretch: f32, steps: usize) -> Option<u32> {
        if self.clip && value < self.threshold {
            return None;
        }
        let mut time = self.time(value, steps);
        if self.normalize && !self.linear {
            time = time * (steps - 1) as f32 / stretch;
        }
        let step = time.round_ties_even();
        (step < steps as f32).then_some(step as u32)
    }

    fn time(&self, value: f32, steps: usize) -> f32 {
        if self.linear {
            let tau = match self.normalize {
                true => (steps - 1) as f32,
                false => self.tau,
            };
            return (-tau * (value - 1.0)).min(-tau * (self.threshold - 1.0));
        }
        let value = value.max((f64::from(self.threshold) + EPSILON) as f32);
        self.tau * (value / (value - self.threshold)).ln()
    }
}
