//! A lower bound of a step's time, from its counted work and the machine's rates.

use super::machine::Rates;
use super::products::Product;
use neurotrain_tensor::SynapticOps;
use serde::Serialize;

/// Bytes moved per neuron and time step: the current read, the membrane written.
const NEURON_BYTES: f64 = 8.0;

/// What one step does, on one batch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Work {
    /// Of running the network and, in training, of learning.
    pub(super) products: Vec<Product>,
    /// Whether it learns.
    pub(super) learns: bool,
    /// Rows of the tables that products add up, in running the network and in learning.
    pub(super) table_rows: [usize; 2],
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
    let synapses: f64 = work
        .products
        .iter()
        .map(|Product { learning, ops }| {
            let table_rows = work.table_rows[usize::from(*learning)];
            let effective = ops.effective_ac + ops.effective_mac;
            (effective / rates.row_adds(table_rows)).min(ops.dense_mac.max(effective) / macs)
        })
        .sum();
    let sequence = (work.rows * work.neurons * size_of::<f32>()) as f64;
    let mut moved = NEURON_BYTES * (work.rows * work.neurons) as f64;
    let mut parameters = 0.0;
    if work.learns {
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

    fn product(learning: bool, dense_mac: f64, effective_ac: f64, effective_mac: f64) -> Product {
        Product {
            learning,
            ops: Ops {
                dense_mac,
                effective_ac,
                effective_mac,
            },
        }
    }

    fn work() -> Work {
        Work {
            products: vec![product(false, 100e6, 10e6, 0.0)],
            learns: false,
            table_rows: [784, 1024],
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
        let mut products = work().products;
        products.push(product(true, 100e6, 20e6, 0.0));
        products.push(product(true, 5e6, 0.0, 5e6));
        let trained = Work {
            products,
            learns: true,
            kept_bytes: 2.0 * 4.0 * 203_264.0,
            update_bytes: 28.0 * 203_264.0,
            ..work()
        };
        let (plain, bound) = (bound(&work(), &round_rates(1)), bound(&trained, &round_rates(1)));
        // 20 M additions and 5 M multiply-accumulates, of rows at 2 G/s.
        assert!(
            close(bound.synapses_ms - plain.synapses_ms, 10.0 + 2.5),
            "{bound:?}"
        );
        assert!(close(bound.neurons_ms, 2.0 * plain.neurons_ms));
        // Adam: gradient, weight and two moments read, weight and moments written: 28 bytes, at 2 GB/s.
        assert!(close(bound.parameters_ms, 203_264.0 * 28.0 / 2e6), "{bound:?}");
    }

    #[test]
    fn the_dense_product_bounds_from_above() {
        let mut rates = round_rates(1);
        rates.gemm_flops = 20e9;
        let mut dense = work();
        // 90 M additions would take 45 ms, 100 M multiply-accumulates take 10.
        dense.products = vec![product(false, 100e6, 90e6, 0.0)];
        assert!(close(bound(&dense, &rates).synapses_ms, 10.0));
        // Each product goes the way that is better for it: 2 M multiplications of sparse values take 1 ms.
        dense.products.push(product(false, 100e6, 0.0, 2e6));
        assert!(close(bound(&dense, &rates).synapses_ms, 11.0));
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
