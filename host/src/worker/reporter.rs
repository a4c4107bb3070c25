//! Tells the supervisor how it goes, often enough and not more often.

use super::protocol::{Progress, WorkerEvent};
use super::tally::Tally;
use crate::process::Sender;
use std::cell::Cell;
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_millis(200);

/// The way to the supervisor; without one, events go to the log alone.
#[derive(Debug)]
pub(super) struct Reporter {
    sender: Option<Sender<WorkerEvent>>,
    last: Cell<Option<Instant>>,
}

impl Reporter {
    pub(super) fn new(sender: Option<Sender<WorkerEvent>>) -> Self {
        Reporter {
            sender,
            last: Cell::new(None),
        }
    }

    /// Whether there is a supervisor.
    pub(super) fn is_heard(&self) -> bool {
        self.sender.is_some()
    }

    /// Sends an event now.
    pub(super) fn event(&self, event: &WorkerEvent) {
        tracing::debug!(?event);
        if let Some(sender) = &self.sender
            && let Err(e) = sender.send(event)
        {
            // The supervisor is gone; the stop flag is about to be raised.
            tracing::debug!("{e}");
        }
    }

    /// Sends the state of a phase, unless one was sent just before.
    pub(super) fn progress(&self, phase: &str, epoch: u64, batch: u64, batches: u64, tally: &Tally) {
        if self.last.get().is_some_and(|last| last.elapsed() < EVERY) && batch < batches {
            return;
        }
        self.last.set(Some(Instant::now()));
        self.event(&WorkerEvent::Progress(Progress {
            phase: phase.to_owned(),
            epoch,
            batch,
            batches,
            loss: tally.loss().filter(|loss| loss.is_finite()),
            accuracy: tally.accuracy(),
            samples_per_second: tally.samples_per_second(),
        }));
    }
}
