//! Burst coding: number and distance of spikes.

use neurotrain_plugin_api::{Config, Error, Result};

/// Burst coding (W. Guo, M. E. Fouda, A. M. Eltawil and K. N. Salama, "Neural coding in spiking neural networks: a
/// comparative study for robust neuromorphic systems", Frontiers in Neuroscience 15:638474, 2021).
///
/// A value x has n = ⌈`max_spikes` · x⌉ spikes, the first at step 0, at a distance of
/// ⌈`max_interval` − (`max_interval` − `min_interval`) · x⌉ steps; those after the last step are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BurstCode {
    /// Spikes of the value 1.
    pub max_spikes: u32,
    /// Steps between the spikes of the value 1.
    pub min_interval: u32,
    /// Steps between spikes as the value goes to 0; none for the length of a sequence.
    pub max_interval: Option<u32>,
}

impl BurstCode {
    pub(super) fn from_params(params: &Config) -> Result<Self> {
        let count = |key: &str, default: u32| match params.get(key) {
            Some(_) => u32::try_from(params.usize(key)?).map_err(|_| {
                Error::new(
                    "bad-config",
                    format!("`{key}` is larger than any number of time steps"),
                )
            }),
            None => Ok(default),
        };
        let code = BurstCode {
            max_spikes: count("burst_spikes", 5)?,
            min_interval: count("burst_min_interval", 2)?,
            max_interval: Some(count("burst_max_interval", 0)?).filter(|n| *n > 0),
        };
        if code.min_interval == 0 || code.max_interval.is_some_and(|most| most < code.min_interval) {
            return Err(Error::new(
                "bad-config",
                format!(
                    "`burst_min_interval` is {}, but must be at least 1 and at most `burst_max_interval`",
                    code.min_interval
                ),
            ));
        }
        Ok(code)
    }

    /// Appends the steps of the spikes of `value`.
    pub(super) fn steps(&self, value: f32, steps: usize, to: &mut Vec<u32>) {
        let value = f64::from(value);
        let count = (f64::from(self.max_spikes) * value).ceil() as u32;
        let least = f64::from(self.min_interval);
        let most = self.max_interval.map_or(steps as f64, f64::from).max(least);
        let interval = (most - (most - least) * value).ceil() as usize;
        let last = (0..count as usize).map(|k| k * interval);
        to.extend(last.take_while(|step| *step < steps).map(|step| step as u32));
    }
}
