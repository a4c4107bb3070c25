//! What a gradient history keeps alive.

use crate::value::DenseView;
use std::sync::Arc;

/// The operands that candle's history of a tensor refers to. They stay counted, and in-place operations on them copy
/// first, for as long as gradients may be asked for.
#[derive(Debug)]
pub(crate) struct History {
    operands: Vec<DenseView>,
    depth: usize,
}

impl History {
    pub(crate) fn of(operands: &[&DenseView]) -> Arc<History> {
        let depth = 1 + operands.iter().map(|v| v.depth()).max().unwrap_or(0);
        let operands = operands.iter().map(|v| (*v).clone()).collect();
        Arc::new(History { operands, depth })
    }

    /// Operations to the furthest leaf.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }
}

impl Drop for History {
    fn drop(&mut self) {
        // One operation after the other: a history may be deeper than the stack. A tensor goes before what its own
        // history holds, so that it never frees more than itself.
        let mut waiting = std::mem::take(&mut self.operands);
        while let Some(DenseView { tensor, history, .. }) = waiting.pop() {
            drop(tensor);
            if let Some(mut last) = history.and_then(Arc::into_inner) {
                waiting.append(&mut last.operands);
            }
        }
    }
}
