//! The heartbeat: a thread that renews every claim of this process.

use crate::claim::Held;
use crate::files;
use std::io::Result;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Claims are renewed so many times before they would become stale.
const BEATS: u32 = 6;

/// The claims that are renewed.
#[derive(Debug)]
pub(crate) struct Beat {
    state: Mutex<State>,
    ended: Condvar,
    timeout: Duration,
}

#[derive(Debug, Default)]
struct State {
    held: Vec<(Arc<Held>, Instant)>,
    over: bool,
}

/// Ends the thread when it is dropped.
#[derive(Debug)]
pub(crate) struct Beating(pub(crate) Arc<Beat>);

impl Beating {
    /// Starts the thread.
    pub(crate) fn start(timeout: Duration) -> Result<Self> {
        let beat = Arc::new(Beat {
            state: Mutex::default(),
            ended: Condvar::new(),
            timeout,
        });
        let weak = Arc::downgrade(&beat);
        let period = timeout / BEATS;
        std::thread::Builder::new()
            .name("claims".to_owned())
            .spawn(move || run(&weak, period))?;
        Ok(Beating(beat))
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        self.0.ended.notify_all();
    }
}

impl Beat {
    /// Renews `held` from now on.
    pub(crate) fn add(&self, held: &Arc<Held>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.held.push((Arc::clone(held), Instant::now()));
    }

    /// Leaves `held` alone from now on.
    pub(crate) fn forget(&self, held: &Arc<Held>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.held.retain(|(known, _)| !Arc::ptr_eq(known, held));
    }

    fn renew_all(&self) {
        let held: Vec<(Arc<Held>, Instant)> = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .held
            .clone();
        for (claim, last) in held {
            let now = Instant::now();
            let key = &claim.holder.key;
            match files::renew(&claim.folder, key, claim.number, &claim.holder.token) {
                Ok(true) => self.renewed(&claim, now),
                Ok(false) if self.is_held(&claim) => claim.lose("another process has taken over"),
                // It was given back in between.
                Ok(false) => {}
                Err(e) => {
                    tracing::warn!("the claim on {key} was not renewed: {e}");
                    if now.duration_since(last) > self.timeout {
                        claim.lose("it could not be renewed in time, so others may have taken over");
                    }
                }
            }
        }
    }

    fn renewed(&self, claim: &Arc<Held>, at: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for (held, last) in &mut state.held {
            if Arc::ptr_eq(held, claim) {
                *last = at;
            }
        }
    }

    fn is_held(&self, claim: &Arc<Held>) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.held.iter().any(|(held, _)| Arc::ptr_eq(held, claim))
    }
}

fn run(beat: &Weak<Beat>, period: Duration) {
    while let Some(beat) = beat.upgrade() {
        let state = beat.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, _) = beat
            .ended
            .wait_timeout_while(state, period, |state| !state.over)
            .unwrap_or_else(PoisonError::into_inner);
        if state.over {
            return;
        }
        drop(state);
        beat.renew_all();
    }
}
