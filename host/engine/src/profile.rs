//! Spans of network operations, for whoever profiles a run.

use neurotrain_plugin_api::LayerInfo;
use neurotrain_tensor::PROFILE;
use tracing::span::EnteredSpan;

/// The span of operation `op`, of one layer where `layer` gives one; it ends when the guard is dropped.
pub(crate) fn span<'a>(op: &str, layer: impl FnOnce() -> Option<&'a LayerInfo>) -> EnteredSpan {
    tracing::trace_span!(target: PROFILE, "network", op, layer = layer().map(|info| info.name.as_str()))
        .entered()
}
