//! Whole sequences of a layer, block of samples by block of samples: product, membranes and spikes of a block are done
//! while they are in the cache.

use crate::gather::sum_rows_of;
use crate::neuron::{Lif, ResetOrder, advance, delayed, spikes_of};
use crate::parallel::{column_blocks_mut, splits};
use crate::{Events, Panels, Real};
use rayon::prelude::*;

/// Samples of one task: fixed, so that results do not depend on the number of threads.
pub(crate) const SAMPLES: usize = 16;

/// The recurrent synapse of a layer onto itself.
#[derive(Debug, Clone, Copy)]
pub struct Recurrent<'a, R> {
    /// Transposed weights `[n, n]`: row = presynaptic neuron.
    pub weights: &'a Panels<R>,
    /// Bias `[n]`; empty when there is none.
    pub bias: &'a [R],
}

/// The feed-forward synapse of a layer, for spikes.
#[derive(Debug, Clone, Copy)]
pub struct Drive<'a, R> {
    /// Presynaptic spikes `[steps * batch, inputs]`.
    pub input: &'a Events,
    /// Transposed weights `[inputs, n]`.
    pub weights: &'a Panels<R>,
}

/// The synapses that [`run`] computes itself.
#[derive(Debug, Clone, Copy)]
pub struct Synapses<'a, R> {
    /// From the input; without it `current` holds the feed-forward current.
    pub drive: Option<Drive<'a, R>>,
    /// From the spikes of the step before.
    pub recurrent: Option<Recurrent<'a, R>>,
}

impl<R: Real> Recurrent<'_, R> {
    /// `out = spikes Rᵀ + b` for rows `first..` of `spikes`, as many as `out` holds.
    fn current(&self, spikes: &Events, first: usize, out: &mut [R]) {
        sum_rows_of(spikes, first, self.weights, out);
        if !self.bias.is_empty() {
            for row in out.chunks_exact_mut(self.bias.len()) {
                for (x, b) in row.iter_mut().zip(self.bias) {
                    *x += *b;
                }
            }
        }
    }
}

/// Runs `steps` steps of `batch` samples of `n` neurons in place: `current [steps, batch, n]` becomes the membranes that
/// are compared with the threshold. `membrane [batch, n]` and `spikes [batch, n]` are the state before, `membrane` also
/// the state after. Returns the spikes `[steps * batch, n]`.
///
/// # Panics
/// When the sizes do not fit.
pub fn run<R: Real>(
    lif: &Lif<R>,
    synapses: Synapses<'_, R>,
    membrane: &mut [R],
    spikes: &Events,
    current: &mut [R],
) -> Events {
    let (batch, n) = (spikes.rows, spikes.cols);
    let width = batch * n;
    assert_eq!(membrane.len(), width, "membranes of a sequence");
    assert!(
        width > 0 && current.len().is_multiple_of(width),
        "currents of a sequence"
    );
    // Work in units of element operations: a recurrent row costs about n / 8 additions of n.
    let mut work = 2 * current.len();
    if let Some(recurrent) = synapses.recurrent {
        assert_eq!(
            (recurrent.weights.rows(), recurrent.weights.width()),
            (n, n),
            "recurrent weights"
        );
        assert!(
            recurrent.bias.is_empty() || recurrent.bias.len() == n,
            "recurrent bias"
        );
        work += current.len() * n / 8;
    }
    if let Some(drive) = synapses.drive {
        assert_eq!(
            (drive.weights.rows(), drive.weights.width()),
            (drive.input.cols, n),
            "feed-forward weights"
        );
        assert_eq!(drive.input.rows * n, current.len(), "input of a sequence");
        work += drive.input.nnz() * n;
    }
    let block = SAMPLES * n;
    let mut tasks: Vec<Task<'_, R>> = column_blocks_mut(current, width, block)
        .into_iter()
        .zip(membrane.chunks_mut(block))
        .enumerate()
        .map(|(i, (steps, membrane))| Task {
            first: i * SAMPLES,
            steps,
            membrane,
            spikes: Vec::new(),
        })
        .collect();
    let body = |task: &mut Task<'_, R>| task.run(lif, synapses, spikes);
    if splits(work) {
        tasks.par_iter_mut().for_each(body);
    } else {
        tasks.iter_mut().for_each(body);
    }
    let steps = tasks.first().map_or(0, |t| t.spikes.len());
    let parts = (0..steps).flat_map(|t| tasks.iter().map(move |task| &task.spikes[t]));
    Events::stack(parts).unwrap_or_else(|| Events::empty(0, n))
}

struct Task<'a, R> {
    first: usize,
    steps: Vec<&'a mut [R]>,
    membrane: &'a mut [R],
    spikes: Vec<Events>,
}

impl<R: Real> Task<'_, R> {
    fn run(&mut self, lif: &Lif<R>, synapses: Synapses<'_, R>, initial: &Events) {
        let n = initial.cols;
        if let Some(drive) = synapses.drive {
            for (t, step) in self.steps.iter_mut().enumerate() {
                sum_rows_of(drive.input, t * initial.rows + self.first, drive.weights, step);
            }
        }
        match synapses.recurrent {
            None if lif.order == ResetOrder::Delayed => self.run_delayed(lif, n),
            recurrent => self.run_in_order(lif, recurrent, initial),
        }
    }

    fn run_delayed(&mut self, lif: &Lif<R>, n: usize) {
        let mut previous: &[R] = self.membrane;
        for step in &mut self.steps {
            delayed(lif, previous, step);
            self.spikes.push(spikes_of(lif, step, n));
            previous = step;
        }
        if let Some(last) = self.steps.last() {
            self.membrane.copy_from_slice(last);
        }
    }

    fn run_in_order(&mut self, lif: &Lif<R>, recurrent: Option<Recurrent<'_, R>>, initial: &Events) {
        let n = initial.cols;
        let mut next = self.membrane.to_vec();
        let mut current = if recurrent.is_some() {
            vec![R::ZERO; next.len()]
        } else {
            Vec::new()
        };
        for step in &mut self.steps {
            if let Some(recurrent) = recurrent {
                match self.spikes.last() {
                    Some(last) => recurrent.current(last, 0, &mut current),
                    None => recurrent.current(initial, self.first, &mut current),
                }
            }
            advance(lif, self.membrane, &current, step, &mut next);
            self.membrane.copy_from_slice(&next);
            self.spikes.push(spikes_of(lif, step, n));
        }
    }
}
