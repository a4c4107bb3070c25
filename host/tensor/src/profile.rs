//! Names under which profiling listens.

/// Target of the spans and events that a profile is made of. Nobody listens to them unless a run is profiled; a span
/// that nobody listens to costs one atomic load.
///
/// Spans are called `tensor` (an operation of the rule's own), `network` (a network operation, or a part of one) and
/// whatever the host calls its own; `op` says which, `layer` names the layer. An event `operations` adds the synaptic
/// operations `dense` and `effective` to the innermost span.
pub const PROFILE: &str = "neurotrain::profile";
