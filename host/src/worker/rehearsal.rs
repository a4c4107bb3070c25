//! The beginning of a run, to see what all of it takes. Nothing is written, and the test split is not looked at.

use super::course::in_rule;
use super::evaluation::score;
use super::machine::peak_resident_bytes;
use super::setup::{Prepared, prepare};
use super::spec::RunSpec;
use super::watch::Watch;
use neurotrain_loader::Split;
use neurotrain_plugin_api::Result;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Batches that are timed at least, after a first one that is not.
const BATCHES: u64 = 5;
/// Time that is enough, however fast batches are.
const ENOUGH: Duration = Duration::from_millis(500);
/// Time after which fewer batches are enough.
const LONG: Duration = Duration::from_secs(2);
/// A short run needs no longer look than one part in so many of itself.
const SHARE: f64 = 10.0;

/// What a run takes, by its parts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Rehearsed {
    /// Opening data, network and rule.
    pub(crate) setup_seconds: f64,
    /// What an epoch takes before its first batch.
    pub(crate) epoch_seconds: f64,
    /// A batch of training, waiting for its data included.
    pub(crate) training_seconds: f64,
    /// A batch of an evaluation.
    pub(crate) evaluation_seconds: f64,
    /// Batches of the splits for training, validation and test.
    pub(crate) batches: [u64; 3],
    /// Bytes of all parameters.
    pub(crate) parameter_bytes: u64,
    /// The most memory of the process, where the system tells.
    pub(crate) resident_bytes: Option<u64>,
    /// All of the rehearsal.
    pub(crate) whole_seconds: f64,
}

/// Begins the run of `spec` and stops as soon as its speed is known.
pub(crate) fn rehearse(spec: &RunSpec) -> Result<Rehearsed> {
    let started = Instant::now();
    let mut run = prepare(spec, &Arc::default())?;
    let batches =
        [Split::Train, Split::Validation, Split::Test].map(|split| run.loader.batches(split) as u64);
    in_rule(&mut run, |rule| rule.begin_training())?;
    let mut rehearsed = Rehearsed {
        setup_seconds: started.elapsed().as_secs_f64(),
        batches,
        ..Rehearsed::default()
    };
    let all = batches[0] * spec.experiment.runtime.epochs;
    train(&mut run, all, &mut rehearsed)?;
    evaluate(&mut run, &mut rehearsed)?;
    let params = run.network.params()?;
    let scalars: usize = params.iter().map(|p| p.shape.iter().product::<usize>()).sum();
    rehearsed.parameter_bytes = (scalars * run.session.dtype().size_in_bytes()) as u64;
    rehearsed.resident_bytes = peak_resident_bytes();
    rehearsed.whole_seconds = started.elapsed().as_secs_f64();
    Ok(rehearsed)
}

fn train(run: &mut Prepared, all: u64, rehearsed: &mut Rehearsed) -> Result<()> {
    let mut watch = Watch::start(&run.network)?;
    let begun = Instant::now();
    in_rule(run, |rule| rule.begin_epoch(0))?;
    let mut batches = run.loader.epoch(Split::Train, 0)?;
    rehearsed.epoch_seconds = begun.elapsed().as_secs_f64();
    let mut pace = Pace::default();
    while !pace.is_known(all) {
        let begun = Instant::now();
        let Some(batch) = batches.next() else { break };
        let batch = batch?;
        in_rule(run, |rule| rule.train_batch(batch.bundle()))?;
        watch.after_batch(&run.network)?;
        pace.add(begun.elapsed());
    }
    rehearsed.training_seconds = pace.seconds();
    Ok(())
}

/// Where there is no validation split, training data serve as well: only the time matters.
fn evaluate(run: &mut Prepared, rehearsed: &mut Rehearsed) -> Result<()> {
    let split = match rehearsed.batches[1] {
        0 => Split::Train,
        _ => Split::Validation,
    };
    let mut batches = run.loader.epoch(split, 0)?;
    let mut pace = Pace::default();
    while !pace.is_known(BATCHES) {
        let begun = Instant::now();
        let Some(batch) = batches.next() else { break };
        score(run, &batch?)?;
        pace.add(begun.elapsed());
    }
    rehearsed.evaluation_seconds = pace.seconds();
    Ok(())
}

/// Times of batches; the first, which warms up, counts only where it is the only one.
#[derive(Debug, Default)]
struct Pace {
    first: Option<Duration>,
    others: Duration,
    count: u64,
}

impl Pace {
    fn add(&mut self, time: Duration) {
        match self.first {
            None => self.first = Some(time),
            Some(_) => {
                self.others += time;
                self.count += 1;
            }
        }
    }

    /// Seconds of a batch.
    fn seconds(&self) -> f64 {
        match self.count {
            0 => self.first.unwrap_or_default().as_secs_f64(),
            n => self.others.as_secs_f64() / n as f64,
        }
    }

    /// Whether the speed of a run of so many batches is known well enough.
    fn is_known(&self, batches: u64) -> bool {
        let whole = self.seconds() * batches as f64;
        let enough = ENOUGH.as_secs_f64().min(whole / SHARE);
        self.count >= BATCHES && self.others.as_secs_f64() >= enough || self.count > 0 && self.others >= LONG
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(times: &[u64]) -> Pace {
        let mut pace = Pace::default();
        times.iter().for_each(|ms| pace.add(Duration::from_millis(*ms)));
        pace
    }

    #[test]
    fn the_first_batch_only_warms_up() {
        assert!((after(&[900, 10, 30]).seconds() - 0.02).abs() < 1e-9);
        assert!((after(&[900]).seconds() - 0.9).abs() < 1e-9);
        assert!(after(&[]).seconds() == 0.0);
    }

    #[test]
    fn long_runs_are_looked_at_longer_and_slow_batches_are_few() {
        let short = after(&[5, 1, 1, 1, 1, 1]);
        assert!(short.is_known(40) && !short.is_known(100_000));
        assert!(!after(&[5, 1, 1, 1, 1]).is_known(100), "too few");
        assert!(after(&[5000, 3000]).is_known(100_000));
        assert!(!after(&[5000]).is_known(100_000), "only warm-up");
    }
}
