//! The token that goes with a piece of tensor memory.

use crate::value::DenseView;
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
    history: History,
}

/// The operands that a gradient history keeps alive together with a tensor.
#[derive(Debug, Default)]
pub(crate) struct History {
    operands: Vec<DenseView>,
    /// Operations to the furthest leaf.
    depth: usize,
}

impl History {
    pub(crate) fn of(operands: &[&DenseView]) -> History {
        History {
            depth: 1 + operands.iter().map(|v| v.token.depth()).max().unwrap_or(0),
            operands: operands.iter().map(|v| (*v).clone()).collect(),
        }
    }
}

impl Charge {
    pub(crate) fn new(session: &Arc<Session>, category: Category, bytes: usize) -> Arc<Charge> {
        Self::with_history(session, category, bytes, History::default())
    }

    pub(crate) fn with_history(
        session: &Arc<Session>,
        category: Category,
        bytes: usize,
        history: History,
    ) -> Arc<Charge> {
        let bytes = bytes as u64;
        session.meter().charge(category, bytes);
        let escaped = AtomicBool::new(false);
        Arc::new(Charge {
            session: session.clone(),
            category,
            bytes,
            escaped,
            history,
        })
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes as usize
    }

    /// Operations between the tensor and the furthest leaf of its gradient history.
    pub(crate) fn depth(&self) -> usize {
        self.history.depth
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
        // One operation after the other: a history may be deeper than the stack. A tensor goes before what its own
        // history holds, so that it never frees more than itself.
        let mut waiting = std::mem::take(&mut self.history.operands);
        while let Some(DenseView { tensor, token }) = waiting.pop() {
            drop(tensor);
            if let Some(mut last) = Arc::into_inner(token) {
                waiting.append(&mut last.history.operands);
            }
        }
    }
}
