//! The token that goes with a piece of tensor memory.

use crate::{Category, Session};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Bytes counted for one piece of memory until the last tensor that sees it is gone.
///
/// Every cell whose tensor shares the memory holds the same token, so a count of one means that an in-place operation
/// is seen by nobody else.
#[derive(Debug)]
pub(crate) struct Charge {
    session: Arc<Session>,
    category: Category,
    bytes: u64,
    escaped: AtomicBool,
}

impl Charge {
    pub(crate) fn new(session: &Arc<Session>, category: Category, bytes: usize) -> Arc<Charge> {
        let bytes = bytes as u64;
        session.meter().charge(category, bytes);
        let escaped = AtomicBool::new(false);
        Arc::new(Charge {
            session: session.clone(),
            category,
            bytes,
            escaped,
        })
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes as usize
    }

    /// Notes that a plain candle tensor of this memory was given away, which no token follows.
    pub(crate) fn escape(&self) {
        self.escaped.store(true, Relaxed);
    }

    /// Whether the holder of `self` is the only one that can see the memory.
    pub(crate) fn is_exclusive(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1 && !self.escaped.load(Relaxed)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.session.meter().release(self.category, self.bytes);
    }
}
