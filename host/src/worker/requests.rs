//! What a worker is asked to do while it trains.

use crate::process::{flag_on_save_signal, stop_flag_on_termination};
use neurotrain_plugin_api::Result;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often a run that waits looks whether it is to stop.
const TICK: Duration = Duration::from_millis(100);

/// Requests by signals and by the supervisor.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests {
    stop: Arc<AtomicBool>,
    save: Arc<AtomicBool>,
    verdicts: Arc<Verdicts>,
}

/// What a supervisor says about a trial after an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may go on.
    GoOn,
    /// It is of no more use.
    Prune,
}

#[derive(Debug, Default)]
struct Verdicts {
    given: Mutex<VecDeque<Verdict>>,
    news: Condvar,
}

impl Requests {
    /// SIGINT, SIGTERM and SIGHUP ask for an end, SIGUSR1 for a checkpoint.
    pub(super) fn by_signals() -> Result<Self> {
        let requests = Requests::default();
        stop_flag_on_termination(&requests.stop)?;
        flag_on_save_signal(&requests.save)?;
        Ok(requests)
    }

    /// Whether the run is to end at the next batch.
    pub(super) fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Whether a checkpoint was asked for since the last call.
    pub(super) fn save(&self) -> bool {
        self.save.swap(false, Ordering::Relaxed)
    }

    /// Asks for an end.
    pub(super) fn ask_to_stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Passes on what the supervisor decided.
    pub(super) fn decide(&self, verdict: Verdict) {
        let mut given = self.verdicts.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.push_back(verdict);
        self.verdicts.news.notify_one();
    }

    /// Waits for the next decision; none if the run is asked to stop meanwhile.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        let mut given = self.verdicts.given.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(verdict) = given.pop_front() {
                return Some(verdict);
            }
            if self.stop() {
                return None;
            }
            // A signal raises the stop flag without a notice.
            let (waited, _) = self
                .verdicts
                .news
                .wait_timeout(given, TICK)
                .unwrap_or_else(PoisonError::into_inner);
            given = waited;
        }
    }

    /// The flag that asks for an end.
    pub(super) fn stop_flag(&self) -> &Arc<AtomicBool> {
        &self.stop
    }
}
