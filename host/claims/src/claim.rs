//! A claim that this process holds.

use crate::beat::Beat;
use crate::files;
use crate::holder::Holder;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A job that this process has taken; it is given back when this is dropped.
#[derive(Debug)]
pub struct Claim {
    held: Arc<Held>,
    beat: Arc<Beat>,
}

/// What is known of a held claim; shared with the heartbeat.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) folder: PathBuf,
    pub(crate) holder: Holder,
    pub(crate) number: u64,
    lost: AtomicBool,
}

impl Claim {
    pub(crate) fn new(folder: PathBuf, holder: Holder, number: u64, beat: Arc<Beat>) -> Self {
        let held = Arc::new(Held {
            folder,
            holder,
            number,
            lost: AtomicBool::new(false),
        });
        beat.add(&held);
        Claim { held, beat }
    }

    /// The job.
    pub fn key(&self) -> &str {
        &self.held.holder.key
    }

    /// Whether another process has taken over, because this one gave no sign for too long: it has to stop the job.
    pub fn lost(&self) -> bool {
        self.held.lost.load(Ordering::Relaxed)
    }
}

impl Held {
    /// Another process has the job.
    pub(crate) fn lose(&self, why: &str) {
        if !self.lost.swap(true, Ordering::Relaxed) {
            tracing::warn!("the claim on {} is lost: {why}", self.holder.key);
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.beat.forget(&self.held);
        let held = &self.held;
        let key = &held.holder.key;
        let own = files::read(&held.folder, key, held.number).map(|found| {
            found
                .and_then(|found| found.holder)
                .is_some_and(|holder| holder.token == held.holder.token)
        });
        let removed = match own {
            Ok(true) => files::remove(&held.folder, key, held.number),
            Ok(false) => Ok(()),
            Err(e) => Err(e),
        };
        if let Err(e) = removed {
            // It becomes stale by itself.
            tracing::warn!("the claim on {key} is left over: {e}");
        }
    }
}
