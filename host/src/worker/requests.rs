//! What a worker is asked to do while it trains.

use crate::process::{flag_on_save_signal, stop_flag_on_termination};
use neurotrain_plugin_api::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Requests by signals and by the supervisor.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests {
    stop: Arc<AtomicBool>,
    save: Arc<AtomicBool>,
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

    /// The flag that asks for an end.
    pub(super) fn stop_flag(&self) -> &Arc<AtomicBool> {
        &self.stop
    }
}
