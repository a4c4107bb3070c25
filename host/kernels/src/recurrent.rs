//! Whole sequences of neurons with recurrence or an immediate reset.

use crate::neuron::{Lif, advance, spikes_of};
use crate::parallel::{column_blocks_mut, splits};
use crate::product::{Finish, sum_rows_of};
use crate::{Events, Real};
use rayon::prelude::*;

/// Samples of one task: fixed, so that results do not depend on the number of threads.
pub(crate) const SAMPLES: usize = 16;

/// The recurrent synapse of a layer onto itself.
#[derive(Debug, Clone, Copy)]
pub struct Recurrent<'a, R> {
    /// Transposed weights `[n, n]`: row = presynaptic neuron.
    pub transposed: &'a [R],
    /// Bias `[n]`; empty when there is none.
    pub bias: &'a [R],
}

impl<R: Real> Recurrent<'_, R> {
    /// `out = spikes Rᵀ + b` for rows `first..` of `spikes`, as many as `out` holds.
    pub(crate) fn current(&self, spikes: &Events, first: usize, n: usize, out: &mut [R]) {
        sum_rows_of(spikes, first, self.transposed, n, out, Finish::Replace);
        if !self.bias.is_empty() {
            for row in out.chunks_exact_mut(n) {
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
    recurrent: Option<Recurrent<'_, R>>,
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
    if let Some(recurrent) = recurrent {
        assert_eq!(recurrent.transposed.len(), n * n, "recurrent weights");
        assert!(
            recurrent.bias.is_empty() || recurrent.bias.len() == n,
            "recurrent bias"
        );
    }
    // Work in units of element operations: a recurrent row costs about n / 8 additions of n.
    let work = current.len() * recurrent.map_or(2, |_| 2 + n / 8);
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
    let body = |task: &mut Task<'_, R>| task.run(lif, recurrent, spikes);
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
    fn run(&mut self, lif: &Lif<R>, recurrent: Option<Recurrent<'_, R>>, initial: &Events) {
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
                    Some(last) => recurrent.current(last, 0, n, &mut current),
                    None => recurrent.current(initial, self.first, n, &mut current),
                }
            }
            advance(lif, self.membrane, &current, step, &mut next);
            self.membrane.copy_from_slice(&next);
            self.spikes.push(spikes_of(lif, step, n));
        }
    }
}
