//! Reverse sweeps through recorded neurons.

use crate::Real;
use crate::dense::{Matrix, product_here};
use crate::neuron::{Lif, Reset, ResetOrder};
use crate::parallel::{COLUMNS, column_blocks, column_blocks_mut, tasks};
use crate::surrogate::{Derivative, Surrogate, with_derivative};
use crate::transpose::{transpose, transpose_into};
use multiversion::multiversion;

/// Samples of one task of a recurrent sweep: whole vectors of them, yet enough tasks for the threads.
const SAMPLES: usize = 16;

/// What a reverse sweep is given.
#[derive(Debug, Clone, Copy)]
pub struct Sweep<'a, R> {
    /// The neuron.
    pub lif: Lif<R>,
    /// Its surrogate derivative.
    pub surrogate: Surrogate,
    /// The membranes that were compared with the threshold, `[steps, batch, n]`.
    pub fired: &'a [R],
    /// Gradient with respect to the spikes, like `fired`; empty for none.
    pub spikes: &'a [R],
    /// Gradient with respect to the reported membranes (after an immediate reset), like `fired`; empty for none.
    pub membrane: &'a [R],
    /// Gradient with respect to the current of the step after the record, `[batch, n]`; empty where nothing follows.
    pub next: &'a [R],
    /// Recurrent weights `[n, n]`, row = postsynaptic neuron; empty for none.
    pub recurrent: &'a [R],
    /// Takes the immediate reset for a constant.
    pub detach_reset: bool,
    /// Samples.
    pub batch: usize,
    /// Neurons.
    pub n: usize,
}

impl<R> Sweep<'_, R> {
    /// Whether anything goes back through recurrent weights.
    fn carries(&self) -> bool {
        !self.recurrent.is_empty() && (self.fired.len() > self.batch * self.n || !self.next.is_empty())
    }

    /// Bytes that [`reverse_into`] takes about, beside its result: the recurrent weights transposed.
    pub fn scratch_bytes(&self) -> usize {
        if self.carries() {
            size_of_val(self.recurrent)
        } else {
            0
        }
    }
}

/// Gradient with respect to the input current, `[steps, batch, n]`. With `v` the membranes compared with the threshold:
///
/// `ds = ds_t + Rᵀ dv_{t+1}` (minus `θ dm` through a live immediate subtraction), `dv_t = dm_t + σ'(v_t - θ) ds`,
/// `dm_{t-1} = β dv_t`; the delayed reset is always a constant.
///
/// # Panics
/// When the sizes do not fit.
pub fn reverse<R: Real>(sweep: &Sweep<'_, R>) -> Vec<R> {
    let mut out = vec![R::ZERO; sweep.fired.len()];
    reverse_into(sweep, &mut out);
    out
}

/// As [`reverse`], into `out`, whatever that holds.
///
/// # Panics
/// When the sizes do not fit.
pub fn reverse_into<R: Real>(sweep: &Sweep<'_, R>, out: &mut [R]) {
    let width = sweep.batch * sweep.n;
    let total = sweep.fired.len();
    assert!(
        width > 0 && total.is_multiple_of(width),
        "record of a reverse sweep"
    );
    assert!(
        sweep.spikes.is_empty() || sweep.spikes.len() == total,
        "spike gradient of a reverse sweep"
    );
    assert!(
        sweep.membrane.is_empty() || sweep.membrane.len() == total,
        "membrane gradient of a reverse sweep"
    );
    assert!(
        sweep.next.is_empty() || sweep.next.len() == width,
        "gradient that follows a reverse sweep"
    );
    assert!(
        sweep.recurrent.is_empty() || sweep.recurrent.len() == sweep.n * sweep.n,
        "recurrent weights"
    );
    assert_eq!(out.len(), total, "result of a reverse sweep");
    out[..sweep.membrane.len()].copy_from_slice(sweep.membrane);
    with_derivative!(sweep.surrogate, R, d => run(d, sweep, out));
}

/// Reverse sweep of an integrator: `du_t = membrane_t + β du_{t+1}`, in place on `membrane [steps, width]`; `next [width]` is
/// `du` of the step after the record, empty where nothing follows.
///
/// # Panics
/// When the sizes do not fit.
pub fn reverse_integrator<R: Real>(beta: R, next: &[R], membrane: &mut [R], width: usize) {
    let beta = beta.max(R::ZERO).min(R::ONE);
    assert!(
        next.is_empty() || next.len() == width,
        "gradient that follows a reverse sweep"
    );
    let last = membrane.len().saturating_sub(width);
    for (m, n) in membrane[last..].iter_mut().zip(next) {
        *m += beta * *n;
    }
    crate::scan::decay(beta, membrane, width, true);
}

fn run<R: Real, D: Derivative<R>>(d: D, sweep: &Sweep<'_, R>, out: &mut [R]) {
    let width = sweep.batch * sweep.n;
    let recurrent = !sweep.recurrent.is_empty();
    let (block, cost) = match recurrent {
        true => (SAMPLES * sweep.n, 8 + sweep.n),
        false => (COLUMNS, 8),
    };
    let work = out.len() * cost;
    let mut spikes = column_blocks(sweep.spikes, width, block).into_iter();
    let mut next = sweep.next.chunks(block);
    let mut turned = Vec::new();
    if sweep.carries() {
        turned.resize(sweep.recurrent.len(), R::ZERO);
        transpose(sweep.recurrent, [sweep.n, sweep.n], &mut turned);
    }
    let all: Vec<_> = column_blocks_mut(out, width, block)
        .into_iter()
        .zip(column_blocks(sweep.fired, width, block))
        .map(|(io, fired)| Block {
            io,
            fired,
            spikes: spikes.next().unwrap_or_default(),
            next: next.next(),
        })
        .collect();
    tasks(all, work, |block| block.run(d, sweep, &turned));
}

/// What a task sweeps through: some neurons, or all neurons of some samples, at every step.
struct Block<'a, R> {
    io: Vec<&'a mut [R]>,
    fired: Vec<&'a [R]>,
    /// Empty for none.
    spikes: Vec<&'a [R]>,
    next: Option<&'a [R]>,
}

impl<R: Real> Block<'_, R> {
    /// Takes the recurrent weights transposed; empty for none.
    fn run<D: Derivative<R>>(mut self, d: D, sweep: &Sweep<'_, R>, turned: &[R]) {
        let Some(len) = self.fired.first().map(|part| part.len()) else {
            return;
        };
        let zeros = vec![R::ZERO; len];
        let mut carried = (!turned.is_empty()).then(|| Carried::new(turned, sweep.n, len));
        for t in (0..self.io.len()).rev() {
            let (now, later) = self.io.split_at_mut(t + 1);
            let next = later.first().map(|part| &**part).or(self.next);
            let external = self.spikes.get(t).copied().unwrap_or(&zeros);
            let given = match (&mut carried, next) {
                (Some(carried), Some(next)) => carried.signal(next, external),
                _ => external,
            };
            step(d, sweep, self.fired[t], given, next.unwrap_or(&zeros), now[t]);
        }
    }
}

/// The way back through recurrent weights.
struct Carried<'a, R> {
    /// Transposed weights `[n, n]`: row = presynaptic neuron.
    weights: &'a [R],
    n: usize,
    /// What the step after sends back, `[n, samples]`: products have the samples along the vectors, which few of them fill.
    sent: Vec<R>,
    /// The same as `[samples, n]`, with what comes from above.
    signal: Vec<R>,
}

impl<'a, R: Real> Carried<'a, R> {
    fn new(weights: &'a [R], n: usize, len: usize) -> Self {
        Carried {
            weights,
            n,
            sent: vec![R::ZERO; len],
            signal: vec![R::ZERO; len],
        }
    }

    /// `external + Rᵀ next` for samples `[samples, n]`.
    fn signal(&mut self, next: &[R], external: &[R]) -> &[R] {
        let (n, samples) = (self.n, next.len() / self.n);
        product_here(
            Matrix::new(self.weights, n, n),
            Matrix::new(next, samples, n).t(),
            &mut self.sent,
            false,
        );
        transpose_into(&self.sent, samples, [n, samples], &mut self.signal, n);
        for (s, e) in self.signal.iter_mut().zip(external) {
            *s += *e;
        }
        &self.signal
    }
}

fn step<R: Real, D: Derivative<R>>(d: D, sweep: &Sweep<'_, R>, v: &[R], ds: &[R], next: &[R], io: &mut [R]) {
    let lif = &sweep.lif;
    let given = !sweep.membrane.is_empty();
    match (lif.order, lif.reset, sweep.detach_reset) {
        (ResetOrder::Delayed, Reset::Zero, _) => step_of::<R, D, 1>(d, lif, given, v, ds, next, io),
        (ResetOrder::Immediate, Reset::Subtract, false) => {
            step_of::<R, D, 2>(d, lif, given, v, ds, next, io);
        }
        (ResetOrder::Immediate, Reset::Zero, false) => step_of::<R, D, 3>(d, lif, given, v, ds, next, io),
        (ResetOrder::Immediate, Reset::Zero, true) => step_of::<R, D, 4>(d, lif, given, v, ds, next, io),
        _ => step_of::<R, D, 0>(d, lif, given, v, ds, next, io),
    }
}

fn step_of<R: Real, D: Derivative<R>, const FORM: u8>(
    d: D,
    lif: &Lif<R>,
    given: bool,
    v: &[R],
    ds: &[R],
    next: &[R],
    io: &mut [R],
) {
    if given {
        step_loop::<R, D, FORM, true>(d, lif, v, ds, next, io);
    } else {
        step_loop::<R, D, FORM, false>(d, lif, v, ds, next, io);
    }
}

/// `io` holds the external gradient of the reported membrane where it is `GIVEN`, or anything, and gets that of the current.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn step_loop<R: Real, D: Derivative<R>, const FORM: u8, const GIVEN: bool>(
    d: D,
    lif: &Lif<R>,
    v: &[R],
    ds: &[R],
    next: &[R],
    io: &mut [R],
) {
    let (beta, threshold) = (lif.decay(), lif.threshold);
    for (((x, &v), &ds), &next) in io.iter_mut().zip(v).zip(ds).zip(next) {
        let dm = if GIVEN { *x } else { R::ZERO };
        let slope = d.at(v - threshold);
        let fires = if lif.inclusive {
            v >= threshold
        } else {
            v > threshold
        };
        *x = match FORM {
            // Delayed reset to zero: a spike cuts the path to the next step.
            1 => (dm + if fires { R::ZERO } else { beta * next }) + slope * ds,
            2 => {
                let dm = dm + beta * next;
                dm + slope * (ds - threshold * dm)
            }
            // Immediate reset to zero, m = v - s v: after it no membrane is above the threshold, so r is 0.
            3 => {
                let dm = dm + beta * next;
                (if fires { R::ZERO } else { dm }) + slope * (ds - v * dm)
            }
            4 => {
                let dm = dm + beta * next;
                (if fires { R::ZERO } else { dm }) + slope * ds
            }
            _ => (dm + beta * next) + slope * ds,
        };
    }
}
