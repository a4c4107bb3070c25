//! What the exact alternatives of a rule cost in time and memory.
//!
//! The numbers are orders of magnitude of one core of a present CPU: they choose between ways that give the same
//! result, so a wrong guess costs time only.

use crate::{Batch, Ctx, DType, Execution, Result};

/// Dense products, floating-point operations per second.
const OPERATIONS: f64 = 60e9;
/// Memory traffic of a pass over arrays that no cache holds, bytes per second.
const TRAFFIC: f64 = 10e9;
/// A trace is read and written in every step: bytes per synapse, in single precision.
const TRACE_BYTES: f64 = 8.0;
/// Re-expanding a history rescales, multiplies and stacks every factor of the past, whatever the density: bytes per neuron
/// and past step, fitted to measured crossovers.
const FACTOR_BYTES: f64 = 100.0;
/// Memory of what a part of the batch keeps, in bytes.
const PART: usize = 16 << 20;
/// The most samples of a part are a multiple of this where they are as many: the engine gives 16 to a thread at a time.
const TOGETHER: usize = 32;

/// Samples that are processed together: the first and how many.
pub type Span = (usize, usize);

impl Execution {
    /// Whether a rule that moves weights at every step should re-expand the history of `steps` steps at each of them,
    /// instead of carrying a trace per synapse. `inputs` synapses per neuron see activity of `density`.
    ///
    /// Per neuron and sample the history costs `T(T+1)/2` past steps of a product with `inputs` columns, and the trace
    /// `T` passes over `inputs` numbers. With 784 inputs the crossover is near 35 steps where they are dense, and near 110
    /// where 5 % of them are active.
    pub fn keeps_history(self, steps: usize, inputs: usize, density: f64) -> bool {
        match self {
            Execution::Sequence => true,
            Execution::Online => false,
            Execution::Auto => {
                let (steps, inputs) = (steps as f64, inputs as f64);
                let past = steps * (steps + 1.0) / 2.0;
                let history = past * (2.0 * inputs * density / OPERATIONS + FACTOR_BYTES / TRAFFIC);
                history <= steps * inputs * TRACE_BYTES / TRAFFIC
            }
        }
    }
}

impl Batch {
    /// Share of the input's elements that are not 0.
    pub fn density(&self) -> Result<f64> {
        let elements: usize = self.input().shape().iter().product();
        Ok(self.input().count_nonzero()? / elements.max(1) as f64)
    }
}

impl Ctx {
    /// Cuts `samples` into parts of nearly equal size that keep about 16 MiB each, where a sample keeps `reals` numbers;
    /// no part is smaller than `fewest` unless the batch is. Rules that sum over samples may process one part after the
    /// other: exact, up to rounding.
    pub fn parts(&self, samples: usize, reals: usize, fewest: usize) -> Vec<Span> {
        let bytes = match self.dtype() {
            DType::F64 => 8,
            _ => 4,
        };
        let most = PART / (reals * bytes).max(1);
        let spare = if most > TOGETHER { most % TOGETHER } else { 0 };
        parts(samples, (most - spare).max(fewest))
    }
}

fn parts(samples: usize, most: usize) -> Vec<Span> {
    let len = samples.div_ceil(samples.div_ceil(most.max(1)).max(1)).max(1);
    (0..samples.max(1))
        .step_by(len)
        .map(|first| (first, len.min(samples - first)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parts;
    use crate::Execution::{Auto, Online, Sequence};

    #[test]
    fn parts_cover_everything_once() {
        assert_eq!(parts(10, 4), [(0, 4), (4, 4), (8, 2)]);
        assert_eq!(parts(10, 10), [(0, 10)]);
        assert_eq!(parts(3, 0), [(0, 1), (1, 1), (2, 1)]);
        assert_eq!(parts(0, 4), [(0, 0)]);
    }

    #[test]
    fn the_crossover_is_later_for_sparse_input() {
        let crossover = |density: f64| (1..1000).find(|t| !Auto.keeps_history(*t, 784, density));
        let (dense, sparse) = (crossover(1.0).expect("one"), crossover(0.05).expect("one"));
        assert!((30..40).contains(&dense), "{dense}");
        assert!((100..125).contains(&sparse), "{sparse}");
    }

    #[test]
    fn what_is_asked_for_is_done() {
        assert!(Sequence.keeps_history(10_000, 784, 1.0));
        assert!(!Online.keeps_history(1, 784, 0.0));
    }
}
