//! When a checkpoint is written.

use std::time::{Duration, Instant};

/// Of the time between two checkpoints, at most one part in so many is spent on writing one at the end of an epoch.
const SHARE: u32 = 20;

/// Decides by what the latest checkpoint cost.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// Longest time without one; none for ends of epochs alone.
    every: Option<Duration>,
    cost: Duration,
    last: Instant,
}

impl Schedule {
    /// One at least every so many `minutes`; 0 for ends of epochs alone.
    pub(crate) fn new(minutes: f64) -> Self {
        Schedule {
            every: (minutes > 0.0).then(|| Duration::from_secs_f64(60.0 * minutes)),
            cost: Duration::ZERO,
            last: Instant::now(),
        }
    }

    /// Whether the next one is due within an epoch.
    pub(crate) fn is_due(&self) -> bool {
        self.every.is_some_and(|every| self.last.elapsed() >= every)
    }

    /// Whether one is worth its cost at the end of an epoch.
    pub(crate) fn is_worth_it(&self) -> bool {
        self.last.elapsed() >= SHARE * self.cost
    }

    /// One was written; it took `cost`.
    pub(crate) fn written(&mut self, cost: Duration) {
        self.cost = cost;
        self.last = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_epoch_gets_one_and_dear_ones_become_rare() {
        let mut schedule = Schedule::new(0.0);
        assert!(schedule.is_worth_it() && !schedule.is_due());
        schedule.written(Duration::from_secs(1000));
        assert!(!schedule.is_worth_it());
        schedule.written(Duration::ZERO);
        assert!(schedule.is_worth_it());
        let often = Schedule::new(1e-9);
        std::thread::sleep(Duration::from_millis(1));
        assert!(often.is_due());
    }
}
