//! A lower bound of a step's time, from its counted work and the machine's rates.

use super::machine::Rates;
use neurotrain_tensor::SynapticOps;
use serde::Serialize;

/// Bytes moved per neuron and time step: the current read, the membrane written.
const NEURON_BYTES: f64 = 8.0;
/// Samples and steps that a weight gradient takes at a time.
const BLOCK: usize = 1024;

/// What one step does, on one batch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Work {
    /// Running the network.
    pub(super) forward: Ops,
    /// Learning; none in evaluation.
    pub(super) learning: Option<Ops>,
    /// Inputs of the synapse with most weights.
    pub(super) inputs: usize,
    /// Samples times steps.
    pub(super) rows: usize,
    /// Neurons of all layers.
    pub(super) neurons: usize,
    /// Trained parameters.
    pub(super) parameters: f64,
    /// Bytes that the rule keeps between batches.
    pub(super) kept_bytes: f64,
    /// Bytes that updates read and write: of weights, gradients and moments, as often as the rule updates.
    pub(super) update_bytes: f64,
}

/// Synaptic operations, as means over several steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Ops {
    pub(super) dense_mac: f64,
    pub(super) effective_ac: f64,
    pub(super) effective_mac: f64,
}

impl Ops {
    /// The mean of `total` over `count`.
    pub(super) fn mean(total: SynapticOps, count: f64) -> Self {
        Ops {
            dense_mac: total.dense_mac as f64 / count,
            effective_ac: total.effective_ac as f64 / count,
            effective_mac: total.effective_mac as f64 / count,
        }
    }

    /// As much as for each of `count`.
    pub(super) fn per(self, count: usize) -> Self {
        let count = count as f64;
        Ops {
            dense_mac: self.dense_mac / count,
            effective_ac: self.effective_ac / count,
            effective_mac: self.effective_mac / count,
        }
    }
}

/// Milliseconds that a step takes at least.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Bound {
    pub(super) synapses_ms: f64,
    pub(super) neurons_ms: f64,
    pub(super) parameters_ms: f64,
    /// The sum of these.
    pub(super) total_ms: f64,
}

/// The bound of `work` on a machine of these `rates`. The help of `neurotrain bench train` says how it is computed.
pub(super) fn bound(work: &Work, rates: &Rates) -> Bound {
    let macs = rates.gemm_flops / 2.0;
    let phase = |ops: &Ops, table_rows: usize| {
        let by_events = ops.effective_ac / rates.row_adds(table_rows) + ops.effective_mac / macs;
        by_events.min(ops.dense_mac.max(ops.effective_ac + ops.effective_mac) / macs)
    };
    let mut synapses = phase(&work.forward, work.inputs);
    let sequence = (work.rows * work.neurons * size_of::<f32>()) as f64;
    let mut moved = NEURON_BYTES * (work.rows * work.neurons) as f64;
    let mut parameters = 0.0;
    if let Some(learning) = &work.learning {
        synapses += phase(learning, work.rows.min(BLOCK));
        moved *= 2.0;
        let held = work.parameters * size_of::<f32>() as f64 + work.kept_bytes;
        parameters = work.update_bytes / rates.bandwidth(held);
    }
    let neurons = moved / rates.bandwidth(sequence);
    Bound {
        synapses_ms: 1e3 * synapses,
        neurons_ms: 1e3 * neurons,
        parameters_ms: 1e3 * parameters,
        total_ms: 1e3 * (synapses + neurons + parameters),
    }
}

#[cfg(test)]
mod tests {
    use super::super::machine::round_rates;
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9 * b.abs().max(1.0)
    }

    fn work() -> Work {
        Work {
            forward: Ops {
                dense_mac: 100e6,
                effective_ac: 10e6,
                effective_mac: 0.0,
            },
            learning: None,
            inputs: 784,
            rows: 2560,
            neurons: 266,
            parameters: 203_264.0,
            kept_bytes: 0.0,
            update_bytes: 0.0,
        }
    }

    #[test]
    fn evaluation_by_hand() {
        let bound = bound(&work(), &round_rates(1));
        // 10 M additions at 2 G/s; 2560 x 266 x 8 bytes at 2 GB/s (2.7 MB are in L3).
        assert!(close(bound.synapses_ms, 5.0), "{bound:?}");
        assert!(close(bound.neurons_ms, 2560.0 * 266.0 * 8.0 / 2e6), "{bound:?}");
        assert_eq!(bound.parameters_ms, 0.0);
        assert!(close(bound.total_ms, bound.synapses_ms + bound.neurons_ms));
    }

    #[test]
    fn training_by_hand() {
        let trained = Work {
            learning: Some(Ops {
                dense_mac: 100e6,
                effective_ac: 20e6,
                effective_mac: 5e6,
            }),
            kept_bytes: 2.0 * 4.0 * 203_264.0,
            update_bytes: 28.0 * 203_264.0,
            ..work()
        };
        let (plain, bound) = (bound(&work(), &round_rates(1)), bound(&trained, &round_rates(1)));
        // 20 M additions at 2 G/s, 5 M multiply-accumulates at 1 G/s.
        assert!(
            close(bound.synapses_ms - plain.synapses_ms, 10.0 + 5.0),
            "{bound:?}"
        );
        assert!(close(bound.neurons_ms, 2.0 * plain.neurons_ms));
        // Adam: gradient, weight and two moments read, weight and moments written: 28 bytes, at 2 GB/s.
        assert!(close(bound.parameters_ms, 203_264.0 * 28.0 / 2e6), "{bound:?}");
    }

    #[test]
    fn the_dense_product_bounds_from_above() {
        let mut dense = work();
        dense.forward.effective_ac = 90e6;
        let mut rates = round_rates(1);
        rates.gemm_flops = 20e9;
        // 90 M additions would take 45 ms, 100 M multiply-accumulates take 10.
        assert!(close(bound(&dense, &rates).synapses_ms, 10.0));
    }

    #[test]
    fn means_per_sample() {
        let total = SynapticOps {
            dense_mac: 1000,
            effective_ac: 300,
            effective_mac: 0,
        };
        let ops = Ops::mean(total, 2.0).per(10);
        assert_eq!((ops.dense_mac, ops.effective_ac), (50.0, 15.0));
    }
}
