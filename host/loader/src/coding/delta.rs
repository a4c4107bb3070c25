//! Delta coding: spikes where values change.

use super::{flag, positive};
use neurotrain_kernels::Real;
use neurotrain_plugin_api::{Config, Error, Result};

/// Delta modulation: a spike where a value is `threshold` or more above its reference, and, with `off_spikes`, one of
/// value -1 where it is as much below.
///
/// The reference is the value one step before, which is how snnTorch does it (J. K. Eshraghian et al., Proceedings of
/// the IEEE 111(9), 2023), or, `sent`, the sum of what the spikes so far have told, `threshold` each, so that a receiver
/// which adds them up follows the value (step-forward coding: N. Kasabov et al., Neural Networks 78, 2016). It starts at
/// 0, or at the first value with `padding`. A static sample appears at step 0 and stays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeltaCode {
    /// The smallest change that counts.
    pub threshold: f32,
    /// Whether a fall is a spike of value -1.
    pub off_spikes: bool,
    /// Whether the reference starts at the first value.
    pub padding: bool,
    /// Whether the reference is what the spikes have told.
    pub sent: bool,
}

impl DeltaCode {
    pub(super) fn from_params(params: &Config) -> Result<Self> {
        Ok(DeltaCode {
            threshold: positive(params, "delta_threshold", 0.1)?,
            off_spikes: flag(params, "delta_off_spikes", false)?,
            padding: flag(params, "delta_padding", false)?,
            sent: match params.get("delta_reference") {
                None => false,
                Some(_) => match params.text("delta_reference")? {
                    "previous" => false,
                    "sent" => true,
                    other => {
                        return Err(Error::new(
                            "bad-config",
                            format!("`delta_reference` is \"{other}\", but must be \"previous\" or \"sent\""),
                        ));
                    }
                },
            },
        })
    }

    /// Appends the steps of the spikes of a value that is there from step 0 on; it never falls.
    pub(super) fn steps(&self, value: f32, steps: usize, to: &mut Vec<u32>) {
        let mut reference = if self.padding { value } else { 0.0 };
        for step in 0..steps as u32 {
            if value - reference < self.threshold {
                return;
            }
            to.push(step);
            reference = match self.sent {
                true => reference + self.threshold,
                false => value,
            };
        }
    }
}

/// Replaces values `[steps, width]` by spikes: 0, 1 and -1.
pub(crate) fn differences<R: Real>(code: DeltaCode, values: &mut [R], width: usize) {
    let threshold = R::from_f64(f64::from(code.threshold));
    let mut reference: Vec<R> = match code.padding {
        true => values[..width.min(values.len())].to_vec(),
        false => vec![R::ZERO; width],
    };
    for step in values.chunks_exact_mut(width.max(1)) {
        for (value, reference) in step.iter_mut().zip(&mut reference) {
            let change = *value - *reference;
            let spike = if change >= threshold {
                R::ONE
            } else if code.off_spikes && change <= -threshold {
                -R::ONE
            } else {
                R::ZERO
            };
            *reference = match code.sent {
                true => *reference + spike * threshold,
                false => *value,
            };
            *value = spike;
        }
    }
}
