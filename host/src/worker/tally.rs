//! Loss and accuracy over many batches.

use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// Sums of a pass over samples, and how long it takes. Accuracy is always computed here, from predictions and labels.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    sums: Sums,
    /// Time before the pass was interrupted.
    before: Duration,
    started: Instant,
}

/// The sums themselves.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Sums {
    samples: u64,
    loss_sum: f64,
    loss_samples: u64,
    predicted: u64,
    correct: u64,
}

impl Tally {
    pub(super) fn new() -> Self {
        Tally::continued(Sums::default(), Duration::ZERO)
    }

    /// Goes on with a pass that was interrupted after `before`.
    pub(super) fn continued(sums: Sums, before: Duration) -> Self {
        Tally {
            sums,
            before,
            started: Instant::now(),
        }
    }

    pub(super) fn sums(&self) -> Sums {
        self.sums
    }

    /// Adds a batch of `labels`, its mean loss and its predictions, where there are any.
    pub(super) fn add(&mut self, labels: &[i64], loss: Option<f64>, predictions: Option<&[i64]>) {
        let count = labels.len() as u64;
        let sums = &mut self.sums;
        sums.samples += count;
        if let Some(loss) = loss {
            sums.loss_sum += loss * count as f64;
            sums.loss_samples += count;
        }
        if let Some(predictions) = predictions {
            sums.predicted += count;
            sums.correct += predictions.iter().zip(labels).filter(|(p, y)| p == y).count() as u64;
        }
    }

    pub(super) fn samples(&self) -> u64 {
        self.sums.samples
    }

    /// Mean loss per sample.
    pub(super) fn loss(&self) -> Option<f64> {
        let sums = &self.sums;
        (sums.loss_samples > 0).then(|| sums.loss_sum / sums.loss_samples as f64)
    }

    /// Fraction of right predictions.
    pub(super) fn accuracy(&self) -> Option<f64> {
        let sums = &self.sums;
        (sums.predicted > 0).then(|| sums.correct as f64 / sums.predicted as f64)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.before + self.started.elapsed()
    }

    pub(super) fn samples_per_second(&self) -> f64 {
        let seconds = self.elapsed().as_secs_f64();
        if seconds > 0.0 {
            self.sums.samples as f64 / seconds
        } else {
            0.0
        }
    }
}

/// Means of named scalars over the batches of an epoch, in the order of first appearance.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct ScalarMeans {
    #[serde(with = "bits")]
    sums: Vec<(String, f64, f64)>,
}

/// Sums bit by bit, because JSON has no infinities and no NaN.
mod bits {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        sums: &[(String, f64, f64)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bits: Vec<(&str, u64, u64)> = sums
            .iter()
            .map(|(name, sum, weights)| (name.as_str(), sum.to_bits(), weights.to_bits()))
            .collect();
        bits.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(String, f64, f64)>, D::Error> {
        let bits = Vec::<(String, u64, u64)>::deserialize(deserializer)?;
        Ok(bits
            .into_iter()
            .map(|(name, sum, weights)| (name, f64::from_bits(sum), f64::from_bits(weights)))
            .collect())
    }
}

impl ScalarMeans {
    pub(super) fn add(&mut self, name: &str, value: f64, weight: f64) {
        match self.sums.iter_mut().find(|(known, _, _)| known == name) {
            Some((_, sum, weights)) => {
                *sum += value * weight;
                *weights += weight;
            }
            None => self.sums.push((name.to_owned(), value * weight, weight)),
        }
    }

    pub(super) fn means(&self) -> Vec<(String, f64)> {
        self.sums
            .iter()
            .map(|(name, sum, weights)| (name.clone(), sum / weights))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_weigh_batches_by_their_size() {
        let mut tally = Tally::new();
        tally.add(&[0, 1, 2], Some(1.0), Some(&[0, 1, 0]));
        tally.add(&[5], Some(5.0), Some(&[5]));
        assert_eq!(tally.loss(), Some(2.0));
        assert_eq!(tally.accuracy(), Some(0.75));
        assert_eq!(tally.samples(), 4);
    }

    #[test]
    fn nothing_predicted_is_no_accuracy() {
        let mut tally = Tally::new();
        tally.add(&[1], Some(f64::NAN), None);
        assert_eq!(tally.accuracy(), None);
        assert!(tally.loss().is_some_and(f64::is_nan));
    }

    #[test]
    fn scalars_are_means() {
        let mut means = ScalarMeans::default();
        means.add("rate", 1.0, 1.0);
        means.add("rate", 4.0, 2.0);
        assert_eq!(means.means(), [("rate".to_owned(), 3.0)]);
    }
}
