//! Counters of synaptic operations.

use std::ops::{Add, AddAssign};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Which part of training an operation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Running the network.
    Forward,
    /// Computing what changes the weights.
    Learning,
}

/// Numbers of synaptic operations: `dense_mac` as if nothing were sparse, and what was effective, that is with a
/// non-zero presynaptic value: accumulates for binary events, multiply-accumulates for other values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SynapticOps {
    /// Multiply-accumulates of the dense product.
    pub dense_mac: u64,
    /// Accumulates caused by binary events.
    pub effective_ac: u64,
    /// Multiply-accumulates with a non-zero operand that is not binary.
    pub effective_mac: u64,
}

impl Add for SynapticOps {
    type Output = SynapticOps;
    fn add(self, other: SynapticOps) -> SynapticOps {
        SynapticOps {
            dense_mac: self.dense_mac + other.dense_mac,
            effective_ac: self.effective_ac + other.effective_ac,
            effective_mac: self.effective_mac + other.effective_mac,
        }
    }
}

impl AddAssign for SynapticOps {
    fn add_assign(&mut self, other: SynapticOps) {
        *self = *self + other;
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    phases: [PhaseCounters; 2],
    pub(crate) spatial_backprop: AtomicU64,
    pub(crate) weight_transport: AtomicU64,
    pub(crate) temporal_backprop: AtomicU64,
    pub(crate) boundary_calls: AtomicU64,
    pub(crate) update_bytes: AtomicU64,
}

#[derive(Debug, Default)]
struct PhaseCounters {
    dense_mac: AtomicU64,
    effective_ac: AtomicU64,
    effective_mac: AtomicU64,
}

impl Counters {
    pub(crate) fn count(&self, phase: Phase, ops: SynapticOps) {
        let counters = &self.phases[phase as usize];
        for (counter, value) in [
            (&counters.dense_mac, ops.dense_mac),
            (&counters.effective_ac, ops.effective_ac),
            (&counters.effective_mac, ops.effective_mac),
        ] {
            if value != 0 {
                counter.fetch_add(value, Relaxed);
            }
        }
    }

    pub(crate) fn synaptic_ops(&self, phase: Phase) -> SynapticOps {
        let counters = &self.phases[phase as usize];
        SynapticOps {
            dense_mac: counters.dense_mac.load(Relaxed),
            effective_ac: counters.effective_ac.load(Relaxed),
            effective_mac: counters.effective_mac.load(Relaxed),
        }
    }

    pub(crate) fn reset(&self) {
        for phase in &self.phases {
            for counter in [&phase.dense_mac, &phase.effective_ac, &phase.effective_mac] {
                counter.store(0, Relaxed);
            }
        }
        self.spatial_backprop.store(0, Relaxed);
        self.weight_transport.store(0, Relaxed);
        self.update_bytes.store(0, Relaxed);
        self.temporal_backprop.store(0, Relaxed);
    }
}
