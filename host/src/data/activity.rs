//! Figures about the samples of a data set.

use serde::{Deserialize, Serialize};

/// What was found in the samples.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Statistics {
    /// What `activity` counts: `events` of a recording, or the mean `value` in [0, 1], which is the spike rate of rate
    /// coding.
    pub(super) unit: String,
    pub(super) splits: Vec<SplitStatistics>,
}

/// One split.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SplitStatistics {
    pub(super) name: String,
    /// Samples that it has.
    pub(super) samples: u64,
    /// Samples that were looked at.
    pub(super) examined: u64,
    pub(super) activity: Spread,
    /// Milliseconds from first to last event of a recording.
    pub(super) duration_ms: Option<Spread>,
    /// Share of events that are on.
    pub(super) on_share: Option<f64>,
    /// Mean and standard deviation of each channel, scaled as the data set says.
    pub(super) channels: Vec<(f64, f64)>,
    pub(super) classes: Vec<ClassStatistics>,
}

/// One class of a split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ClassStatistics {
    /// Samples that were looked at.
    pub(super) samples: u64,
    /// Mean activity.
    pub(super) activity: f64,
}

/// A mean and the extremes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    pub(super) mean: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

/// Sums up one value after another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Summing {
    pub(super) n: u64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Default for Summing {
    fn default() -> Self {
        Summing {
            n: 0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Summing {
    pub(super) fn add(&mut self, value: f64) {
        self.n += 1;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Zeros when nothing was added.
    pub(super) fn spread(&self) -> Spread {
        match self.n {
            0 => Spread::default(),
            n => Spread {
                mean: self.sum / n as f64,
                min: self.min,
                max: self.max,
            },
        }
    }
}
