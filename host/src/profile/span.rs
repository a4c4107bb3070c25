//! The spans of a worker.

use neurotrain_tensor::PROFILE;
use tracing::span::EnteredSpan;

/// A part of a run: `run` itself, `set-up`, `training`, `validation`, `test` or `archive` (also its log).
pub(crate) fn stage(op: &str) -> EnteredSpan {
    tracing::trace_span!(target: PROFILE, "stage", op).entered()
}

/// One batch of the present stage.
pub(crate) fn batch() -> EnteredSpan {
    tracing::trace_span!(target: PROFILE, "batch", op = "batch").entered()
}

/// Waiting for the loader.
pub(crate) fn data() -> EnteredSpan {
    tracing::trace_span!(target: PROFILE, "part", op = "data").entered()
}

/// Inside the rule.
pub(crate) fn rule() -> EnteredSpan {
    tracing::trace_span!(target: PROFILE, "part", op = "rule").entered()
}
