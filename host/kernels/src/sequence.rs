//! Whole sequences of a layer, block of samples by block of samples: product, membranes and spikes of a block are done
//! while they are in the cache.

use crate::gather::{sum_base, sum_majority, sum_rows_of, sum_rows_of_steps};
use crate::neuron::{Lif, ResetOrder, advance, delayed, spikes_of};
use crate::parallel::{column_blocks_mut, splits};
use crate::{Events, Majority, Panels, Real};
use rayon::prelude::*;

/// Samples of one task: fixed, so that results do not depend on the number of threads.
pub(crate) const SAMPLES: usize = 16;
/// Samples of a task of a single step, which passes through all weights for them.
const SAMPLES_OF_STEP: usize = 32;
/// Bytes of the current that is computed at once: a panel of the weights serves all its steps.
const GROUP: usize = 256 << 10;

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
    /// The same, where they repeat.
    pub repeats: Option<&'a Majority>,
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
/// are compared with the threshold. `membrane [batch, n]` and `spikes [batch, n]` are the state before. Returns the spikes
/// `[steps * batch, n]` and the membranes `[batch, n]` as the next step finds them where they differ from the last ones of
/// `current`; these take the memory that `buffer` gives for a length, whatever is in it.
///
/// # Panics
/// When the sizes do not fit.
pub fn run<R: Real>(
    lif: &Lif<R>,
    synapses: Synapses<'_, R>,
    membrane: &[R],
    spikes: &Events,
    current: &mut [R],
    buffer: impl FnOnce(usize) -> Vec<R>,
) -> (Events, Option<Vec<R>>) {
    let (batch, n) = (spikes.rows, spikes.cols);
    let width = batch * n;
    assert_eq!(membrane.len(), width, "membranes of a sequence");
    assert!(
        width > 0 && !current.is_empty() && current.len().is_multiple_of(width),
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
        assert!(
            drive
                .repeats
                .is_none_or(|m| m.batch == batch && m.steps * width == current.len()),
            "repeating input of a sequence"
        );
        work += drive.repeats.map_or(drive.input.nnz(), Majority::terms) * n;
    }
    let samples = if current.len() > width {
        SAMPLES
    } else {
        SAMPLES_OF_STEP
    };
    let block = samples * n;
    let last_is_left = synapses.recurrent.is_none() && lif.order == ResetOrder::Delayed;
    let mut left = (!last_is_left).then(|| buffer(width));
    assert!(
        left.as_ref().is_none_or(|left| left.len() == width),
        "buffer of a sequence"
    );
    let mut lefts = left.as_mut().map(|left| left.chunks_mut(block));
    let mut tasks: Vec<Task<'_, R>> = column_blocks_mut(current, width, block)
        .into_iter()
        .zip(membrane.chunks(block))
        .enumerate()
        .map(|(i, (steps, membrane))| Task {
            first: i * samples,
            steps,
            membrane,
            left: lefts.as_mut().and_then(Iterator::next),
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
    let spikes = Events::stack(parts).unwrap_or_else(|| Events::empty(0, n));
    (spikes, left)
}

struct Task<'a, R> {
    first: usize,
    steps: Vec<&'a mut [R]>,
    membrane: &'a [R],
    /// Takes the membranes after the last step, where they are not those compared with the threshold.
    left: Option<&'a mut [R]>,
    spikes: Vec<Events>,
}

impl<R: Real> Task<'_, R> {
    fn run(&mut self, lif: &Lif<R>, synapses: Synapses<'_, R>, initial: &Events) {
        let n = initial.cols;
        let together = (GROUP / (SAMPLES * n * size_of::<R>()).max(1)).max(1);
        let mut neurons = Neurons {
            lif,
            n,
            before: self.membrane,
            carried: self.left.take().map(|left| Carried {
                next: Vec::new(),
                current: match synapses.recurrent {
                    Some(_) => vec![R::ZERO; left.len()],
                    None => Vec::new(),
                },
                left,
                recurrent: synapses.recurrent,
                initial: (initial, self.first),
            }),
        };
        let length = self.steps.first().map_or(0, |step| step.len());
        let repeats = synapses.drive.and_then(|drive| {
            let repeats = drive.repeats?;
            Some((repeats, sum_base(repeats, drive.weights, self.first, length)))
        });
        for first in (0..self.steps.len()).step_by(together) {
            let group = first..self.steps.len().min(first + together);
            if let Some(drive) = synapses.drive {
                let steps = self.steps[group.clone()].iter_mut().map(|s| &mut **s);
                match &repeats {
                    Some((repeats, base)) => {
                        sum_majority(repeats, drive.weights, [self.first, first], base, steps.collect());
                    }
                    None => {
                        let firsts = group.clone().map(|t| t * initial.rows + self.first);
                        sum_rows_of_steps(drive.input, drive.weights, firsts.zip(steps).collect());
                    }
                }
            }
            for t in group {
                let spikes = neurons.step(&mut self.steps, t, self.spikes.last());
                self.spikes.push(spikes);
            }
        }
    }
}

/// The neurons of a task between steps.
struct Neurons<'a, R> {
    lif: &'a Lif<R>,
    n: usize,
    before: &'a [R],
    carried: Option<Carried<'a, R>>,
}

/// What is carried where it differs from the membranes that were compared with the threshold, or where spikes come back.
struct Carried<'a, R> {
    /// The membranes after the step before, once there was one.
    left: &'a mut [R],
    /// Those after a step before they are carried; empty before the second step.
    next: Vec<R>,
    recurrent: Option<Recurrent<'a, R>>,
    current: Vec<R>,
    /// The spikes before the first step, and where the task's samples begin among them.
    initial: (&'a Events, usize),
}

impl<R: Real> Neurons<'_, R> {
    /// Turns the current of step `t` into membranes; `last` are the spikes of the step before.
    fn step(&mut self, steps: &mut [&mut [R]], t: usize, last: Option<&Events>) -> Events {
        let (done, open) = steps.split_at_mut(t);
        let step = &mut *open[0];
        match &mut self.carried {
            None => delayed(self.lif, done.last().map_or(self.before, |u| u), step),
            Some(carried) => carried.advance(self.lif, self.before, step, last),
        }
        spikes_of(self.lif, step, self.n)
    }
}

impl<R: Real> Carried<'_, R> {
    fn advance(&mut self, lif: &Lif<R>, before: &[R], step: &mut [R], last: Option<&Events>) {
        if let Some(recurrent) = self.recurrent {
            let (spikes, first) = last.map_or(self.initial, |last| (last, 0));
            recurrent.current(spikes, first, &mut self.current);
        }
        let current = if self.recurrent.is_some() {
            &self.current[..]
        } else {
            &[]
        };
        if last.is_none() {
            return advance(lif, before, current, step, self.left);
        }
        self.next.resize(self.left.len(), R::ZERO);
        advance(lif, self.left, current, step, &mut self.next);
        self.left.copy_from_slice(&self.next);
    }
}
