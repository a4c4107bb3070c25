//! Wall time of the phases of a run, measured always: two readings of the clock per batch and phase.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// What a run spends its time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Opening data, network and rule.
    SetUp,
    /// Waiting for the loader.
    Data,
    /// Inside the rule while it learns.
    Training,
    /// Scores on the validation split.
    Validation,
    /// Scores on the test split.
    Test,
    /// The log, checkpoints and the archive.
    Archive,
}

impl Phase {
    const ALL: [Phase; 6] = [
        Phase::SetUp,
        Phase::Data,
        Phase::Training,
        Phase::Validation,
        Phase::Test,
        Phase::Archive,
    ];

    /// Its name in the archive.
    fn name(self) -> &'static str {
        match self {
            Phase::SetUp => "setup_seconds",
            Phase::Data => "data_waiting_seconds",
            Phase::Training => "training_seconds",
            Phase::Validation => "validation_seconds",
            Phase::Test => "test_seconds",
            Phase::Archive => "archive_seconds",
        }
    }
}

/// Sums of wall time by phase. Phases do not nest.
#[derive(Debug, Default)]
pub(super) struct Phases {
    spent: [Cell<Duration>; Phase::ALL.len()],
}

impl Phases {
    /// Runs `body` and adds its time to `phase`.
    pub(super) fn time<T>(&self, phase: Phase, body: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let outcome = body();
        self.add(phase, started.elapsed());
        outcome
    }

    /// Adds time to a phase.
    pub(super) fn add(&self, phase: Phase, time: Duration) {
        let spent = &self.spent[phase as usize];
        spent.set(spent.get() + time);
    }

    /// Seconds of every phase, in a fixed order.
    pub(super) fn spent(&self) -> Vec<f64> {
        self.spent.iter().map(|time| time.get().as_secs_f64()).collect()
    }

    /// Adds what [`spent`](Phases::spent) gave in an earlier process.
    pub(super) fn add_spent(&self, seconds: &[f64]) {
        for (phase, seconds) in Phase::ALL.into_iter().zip(seconds) {
            self.add(phase, Duration::try_from_secs_f64(*seconds).unwrap_or_default());
        }
    }

    /// Seconds of every phase by name, and what is left of `whole`.
    pub(super) fn seconds(&self, whole: Duration) -> impl Iterator<Item = (String, f64)> {
        let known: Duration = self.spent.iter().map(Cell::get).sum();
        let named = Phase::ALL.map(|phase| (phase.name(), self.spent[phase as usize].get()));
        let other = ("other_seconds", whole.saturating_sub(known));
        named
            .into_iter()
            .chain([other])
            .map(|(name, time)| (name.to_owned(), time.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_and_the_rest_are_the_whole() {
        let phases = Phases::default();
        let answer = phases.time(Phase::Training, || {
            std::thread::sleep(Duration::from_millis(2));
            7
        });
        assert_eq!(answer, 7);
        phases.add(Phase::Data, Duration::from_secs(1));
        let seconds: Vec<(String, f64)> = phases.seconds(Duration::from_secs(3)).collect();
        let sum: f64 = seconds.iter().map(|(_, s)| s).sum();
        assert!((sum - 3.0).abs() < 1e-9, "{seconds:?}");
        assert!(seconds.contains(&("data_waiting_seconds".to_owned(), 1.0)));
        let training = seconds.iter().find(|(name, _)| name == "training_seconds");
        assert!(training.is_some_and(|(_, s)| *s >= 0.002 && *s < 2.0));
    }
}
