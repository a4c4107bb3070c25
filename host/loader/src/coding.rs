//! How values become spikes: the codings and their parameters.

mod burst;
mod delta;
mod latency;
mod timed;

pub use burst::BurstCode;
pub use delta::DeltaCode;
pub use latency::LatencyCode;

pub(crate) use delta::differences;
pub(crate) use timed::TimedCoder;

use neurotrain_plugin_api::{Config, Error, Result};

/// How static samples become sequences. Values are those in `[0, 1]`, except where it is said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Coding {
    /// Bernoulli spikes, independent per step, with the value as probability.
    #[default]
    Rate,
    /// The standardised frame at every step.
    Direct,
    /// One spike, the earlier the larger the value.
    Latency(LatencyCode),
    /// A burst of spikes, the more and the closer the larger the value.
    Burst(BurstCode),
    /// Spikes where values change from step to step; samples that bring time steps of their own are coded too.
    Delta(DeltaCode),
}

impl Coding {
    /// Reads the parameters of [`coding_params`](neurotrain_plugin_api::coding_params).
    ///
    /// # Errors
    /// `bad-config` for a value of the wrong type or range.
    pub(crate) fn from_params(name: &str, params: &Config) -> Result<Self> {
        match name {
            "rate" => Ok(Coding::Rate),
            "direct" => Ok(Coding::Direct),
            "latency" => LatencyCode::from_params(params).map(Coding::Latency),
            "burst" => BurstCode::from_params(params).map(Coding::Burst),
            "delta" => DeltaCode::from_params(params).map(Coding::Delta),
            other => Err(Error::new(
                "bad-config",
                format!(
                    "`coding` is \"{other}\", but must be \"rate\", \"direct\", \"latency\", \"burst\" or \"delta\""
                ),
            )),
        }
    }
}

/// A positive number, or what it is without such a parameter.
fn positive(params: &Config, key: &str, default: f64) -> Result<f32> {
    let value = match params.get(key) {
        Some(_) => params.f64(key)?,
        None => default,
    };
    match value.is_finite() && value > 0.0 {
        true => Ok(value as f32),
        false => Err(Error::new(
            "bad-config",
            format!("`{key}` is {value}, but must be above 0"),
        )),
    }
}

fn flag(params: &Config, key: &str, default: bool) -> Result<bool> {
    match params.get(key) {
        Some(_) => params.bool(key),
        None => Ok(default),
    }
}

#[cfg(test)]
mod tests;
