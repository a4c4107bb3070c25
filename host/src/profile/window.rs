//! Which batches go into the trace.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Open for the first batches of training and of one evaluation, so that the trace stays small however long a run is.
#[derive(Debug)]
pub(super) struct Window {
    open: AtomicBool,
    training: AtomicU64,
    evaluation: AtomicU64,
}

impl Window {
    pub(super) fn new(batches: u64) -> Self {
        Window {
            open: AtomicBool::new(false),
            training: AtomicU64::new(batches),
            evaluation: AtomicU64::new(batches),
        }
    }

    /// Whether what begins now is recorded.
    pub(super) fn is_open(&self) -> bool {
        self.open.load(Relaxed)
    }

    /// A stage begins.
    pub(super) fn enter(&self, stage: &str) {
        let open = match stage {
            "training" | "validation" | "test" => self.left(stage).load(Relaxed) > 0,
            // Short, and once per run.
            _ => true,
        };
        self.open.store(open, Relaxed);
    }

    /// A stage ends.
    pub(super) fn leave(&self, stage: &str) {
        if is_evaluation(stage) {
            self.evaluation.store(0, Relaxed);
        }
        self.open.store(false, Relaxed);
    }

    /// A batch of `stage` is over.
    pub(super) fn batch_done(&self, stage: &str) {
        let left = self.left(stage);
        let now = left.load(Relaxed).saturating_sub(1);
        left.store(now, Relaxed);
        self.open.store(now > 0, Relaxed);
    }

    fn left(&self, stage: &str) -> &AtomicU64 {
        if is_evaluation(stage) {
            &self.evaluation
        } else {
            &self.training
        }
    }
}

fn is_evaluation(stage: &str) -> bool {
    matches!(stage, "validation" | "test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_batches_and_one_evaluation() {
        let window = Window::new(2);
        let pass = |stage: &str, batches: usize| {
            window.enter(stage);
            let seen: Vec<bool> = (0..batches)
                .map(|_| {
                    let open = window.is_open();
                    window.batch_done(stage);
                    open
                })
                .collect();
            window.leave(stage);
            seen
        };
        assert_eq!(pass("training", 1), [true]);
        assert_eq!(pass("validation", 1), [true]);
        assert_eq!(pass("training", 3), [true, false, false]);
        assert_eq!(pass("test", 2), [false, false], "one evaluation was seen already");
        window.enter("archive");
        assert!(window.is_open());
    }
}
