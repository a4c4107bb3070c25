//! Live and peak bytes, and synaptic operations.

use crate::counters::{Counters, Phase, SynapticOps};
use crate::{Category, PROFILE};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const CATEGORIES: usize = Category::ALL.len();

/// Counts what a run allocates and computes. All methods may be called from any thread.
#[derive(Debug, Default)]
pub struct Meter {
    bytes: [Gauge; CATEGORIES],
    training: Gauge,
    all: Gauge,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Gauge {
    live: AtomicU64,
    peak: AtomicU64,
}

impl Gauge {
    fn add(&self, bytes: u64) {
        let now = self.live.fetch_add(bytes, Relaxed) + bytes;
        if now > self.peak.load(Relaxed) {
            self.peak.fetch_max(now, Relaxed);
        }
    }

    fn release(&self, bytes: u64) {
        self.live.fetch_sub(bytes, Relaxed);
    }

    fn restart_peak(&self) {
        self.peak.store(self.live.load(Relaxed), Relaxed);
    }
}

/// Bytes.
impl Meter {
    /// Bytes of live tensors of a category.
    pub fn live_bytes(&self, category: Category) -> u64 {
        self.bytes[category as usize].live.load(Relaxed)
    }

    /// The most bytes of a category that were live at once since the last [`reset_peaks`](Meter::reset_peaks).
    pub fn peak_bytes(&self, category: Category) -> u64 {
        self.bytes[category as usize].peak.load(Relaxed)
    }

    /// Live bytes of neuron state, rule state, activations and scratch together.
    pub fn live_training_bytes(&self) -> u64 {
        self.training.live.load(Relaxed)
    }

    /// The most bytes of neuron state, rule state, activations and scratch that were live together: at most the sum of
    /// their own peaks, which need not coincide.
    pub fn peak_training_bytes(&self) -> u64 {
        self.training.peak.load(Relaxed)
    }

    /// Live bytes of all categories together.
    pub fn live_bytes_of_all(&self) -> u64 {
        self.all.live.load(Relaxed)
    }

    /// The most bytes of all categories that were live together since the last
    /// [`reset_peaks`](Meter::reset_peaks).
    pub fn peak_bytes_of_all(&self) -> u64 {
        self.all.peak.load(Relaxed)
    }

    /// Lets every peak start again from what is live now.
    pub fn reset_peaks(&self) {
        self.bytes.iter().for_each(Gauge::restart_peak);
        self.training.restart_peak();
        self.all.restart_peak();
    }

    /// Counts bytes that are not held by a tensor (an engine's own buffers); pair it with
    /// [`release`](Meter::release).
    pub fn charge(&self, category: Category, bytes: u64) {
        self.bytes[category as usize].add(bytes);
        self.all.add(bytes);
        if category.is_training_state() {
            self.training.add(bytes);
        }
    }

    /// Takes back what [`charge`](Meter::charge) counted.
    pub fn release(&self, category: Category, bytes: u64) {
        self.bytes[category as usize].release(bytes);
        self.all.release(bytes);
        if category.is_training_state() {
            self.training.release(bytes);
        }
    }
}

/// Operations.
impl Meter {
    /// Adds synaptic operations to a phase.
    pub fn count(&self, phase: Phase, ops: SynapticOps) {
        self.counters.count(phase, ops);
        tracing::trace!(
            name: "operations",
            target: PROFILE,
            learning = phase == Phase::Learning,
            dense = ops.dense_mac,
            effective = ops.effective_ac + ops.effective_mac,
            accumulates = ops.effective_ac,
            multiplies = ops.effective_mac,
        );
    }

    /// Synaptic operations of a phase so far.
    pub fn synaptic_ops(&self, phase: Phase) -> SynapticOps {
        self.counters.synaptic_ops(phase)
    }

    /// Counts one use of spatial backpropagation.
    pub fn count_spatial_backprop(&self) {
        self.counters.spatial_backprop.fetch_add(1, Relaxed);
    }

    /// Uses of spatial backpropagation so far.
    pub fn spatial_backprop(&self) -> u64 {
        self.counters.spatial_backprop.load(Relaxed)
    }

    /// Counts one use of a forward weight to send an error backwards.
    pub fn count_weight_transport(&self) {
        self.counters.weight_transport.fetch_add(1, Relaxed);
    }

    /// Uses of weight transport so far.
    pub fn weight_transport(&self) -> u64 {
        self.counters.weight_transport.load(Relaxed)
    }

    /// Counts the bytes that an update of parameters reads and writes at least: values, gradient, moments.
    pub fn count_update_bytes(&self, bytes: u64) {
        self.counters.update_bytes.fetch_add(bytes, Relaxed);
    }

    /// Bytes that updates read and wrote at least so far.
    pub fn update_bytes(&self) -> u64 {
        self.counters.update_bytes.load(Relaxed)
    }

    /// Counts one reverse sweep over more than one step.
    pub fn count_temporal_backprop(&self) {
        self.counters.temporal_backprop.fetch_add(1, Relaxed);
    }

    /// Reverse sweeps over more than one step so far.
    pub fn temporal_backprop(&self) -> u64 {
        self.counters.temporal_backprop.load(Relaxed)
    }

    /// Counts one call of a plugin across the boundary.
    pub fn count_boundary_call(&self) {
        self.counters.boundary_calls.fetch_add(1, Relaxed);
    }

    /// Calls of plugins across the boundary so far.
    pub fn boundary_calls(&self) -> u64 {
        self.counters.boundary_calls.load(Relaxed)
    }

    /// Sets all operation counters to zero.
    pub fn reset_counters(&self) {
        self.counters.reset();
    }
}
