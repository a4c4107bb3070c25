//! Loss and accuracy over many batches.

use std::time::{Duration, Instant};

/// Sums of a pass over samples. Accuracy is always computed here, from predictions and labels.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    samples: u64,
    loss_sum: f64,
    loss_samples: u64,
    predicted: u64,
    correct: u64,
    started: Instant,
}

impl Tally {
    pub(super) fn new() -> Self {
        Tally {
            samples: 0,
            loss_sum: 0.0,
            loss_samples: 0,
            predicted: 0,
            correct: 0,
            started: Instant::now(),
        }
    }

    /// Adds a batch of `labels`, its mean loss and its predictions, where there are any.
    pub(super) fn add(&mut self, labels: &[i64], loss: Option<f64>, predictions: Option<&[i64]>) {
        let count = labels.len() as u64;
        self.samples += count;
        if let Some(loss) = loss {
            self.loss_sum += loss * count as f64;
            self.loss_samples += count;
        }
        if let Some(predictions) = predictions {
            self.predicted += count;
            self.correct += predictions.iter().zip(labels).filter(|(p, y)| p == y).count() as u64;
        }
    }

    pub(super) fn samples(&self) -> u64 {
        self.samples
    }

    /// Mean loss per sample.
    pub(super) fn loss(&self) -> Option<f64> {
        (self.loss_samples > 0).then(|| self.loss_sum / self.loss_samples as f64)
    }

    /// Fraction of right predictions.
    pub(super) fn accuracy(&self) -> Option<f64> {
        (self.predicted > 0).then(|| self.correct as f64 / self.predicted as f64)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn samples_per_second(&self) -> f64 {
        let seconds = self.elapsed().as_secs_f64();
        if seconds > 0.0 {
            self.samples as f64 / seconds
        } else {
            0.0
        }
    }
}

/// Means of named scalars over the batches of an epoch, in the order of first appearance.
#[derive(Debug, Clone, Default)]
pub(super) struct ScalarMeans {
    sums: Vec<(String, f64, f64)>,
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
