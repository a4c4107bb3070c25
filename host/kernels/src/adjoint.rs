//! Reverse sweeps through recorded neurons.

use crate::Real;
use crate::dense::{Matrix, product_here};
use crate::neuron::{Lif, Reset, ResetOrder};
use crate::parallel::{COLUMNS, column_blocks, column_blocks_mut, tasks};
use crate::surrogate::{Derivative, Surrogate, with_derivative};
use multiversion::multiversion;

/// Most and fewest samples of one task of a recurrent sweep: few make the product with the recurrent weights slow, many leave
/// threads without a task.
const SAMPLES: (usize, usize) = (64, 16);

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
    let block = if recurrent {
        (sweep.batch / 2).clamp(SAMPLES.1, SAMPLES.0) * sweep.n
    } else {
        COLUMNS
    };
    let work = out.len() * if recurrent { 8 + sweep.n } else { 8 };
    let fired = column_blocks(sweep.fired, width, block);
    let mut spikes = column_blocks(sweep.spikes, width, block);
    spikes.resize_with(fired.len(), Vec::new);
    let mut after = column_blocks(sweep.next, width, block);
    after.resize_with(fired.len(), Vec::new);
    let all: Vec<_> = column_blocks_mut(out, width, block)
        .into_iter()
        .zip(fired)
        .zip(spikes)
        .zip(after)
        .collect();
    tasks(all, work, |(((mut io, fired), spikes), after)| {
        let Some(len) = fired.first().map(|part| part.len()) else {
            return;
        };
        let zeros = vec![R::ZERO; len];
        let mut signal = vec![R::ZERO; if recurrent { len } else { 0 }];
        for t in (0..io.len()).rev() {
            let (now, later) = io.split_at_mut(t + 1);
            let following = after.first().copied().unwrap_or(&zeros);
            let next: &[R] = later.first().map_or(following, |part| part);
            let external: &[R] = spikes.get(t).copied().unwrap_or(&zeros);
            let given: &[R] = if recurrent {
                let (rows, n) = (len / sweep.n, sweep.n);
                product_here(
                    Matrix::new(next, rows, n),
                    Matrix::new(sweep.recurrent, n, n),
                    &mut signal,
                    false,
                );
                for (s, e) in signal.iter_mut().zip(external) {
                    *s += *e;
                }
                &signal
            } else {
                external
            };
            if sweep.membrane.is_empty() {
                now[t].fill(R::ZERO);
            }
            step(d, sweep, fired[t], given, next, now[t]);
        }
    });
}

fn step<R: Real, D: Derivative<R>>(d: D, sweep: &Sweep<'_, R>, v: &[R], ds: &[R], next: &[R], io: &mut [R]) {
    let lif = &sweep.lif;
    match (lif.order, lif.reset, sweep.detach_reset) {
        (ResetOrder::Delayed, Reset::Zero, _) => step_loop::<R, D, 1>(d, lif, v, ds, next, io),
        (ResetOrder::Immediate, Reset::Subtract, false) => step_loop::<R, D, 2>(d, lif, v, ds, next, io),
        (ResetOrder::Immediate, Reset::Zero, false) => step_loop::<R, D, 3>(d, lif, v, ds, next, io),
        (ResetOrder::Immediate, Reset::Zero, true) => step_loop::<R, D, 4>(d, lif, v, ds, next, io),
        _ => step_loop::<R, D, 0>(d, lif, v, ds, next, io),
    }
}

/// `io` holds the external gradient of the reported membrane and gets that of the current.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn step_loop<R: Real, D: Derivative<R>, const FORM: u8>(
    d: D,
    lif: &Lif<R>,
    v: &[R],
    ds: &[R],
    next: &[R],
    io: &mut [R],
) {
    let (beta, threshold) = (lif.decay(), lif.threshold);
    for (((x, &v), &ds), &next) in io.iter_mut().zip(v).zip(ds).zip(next) {
        let slope = d.at(v - threshold);
        let fires = if lif.inclusive {
            v >= threshold
        } else {
            v > threshold
        };
        *x = match FORM {
            // Delayed reset to zero: a spike cuts the path to the next step.
            1 => (*x + if fires { R::ZERO } else { beta * next }) + slope * ds,
            2 => {
                let dm = *x + beta * next;
                dm + slope * (ds - threshold * dm)
            }
            // Immediate reset to zero, m = v - s v: after it no membrane is above the threshold, so r is 0.
            3 => {
                let dm = *x + beta * next;
                (if fires { R::ZERO } else { dm }) + slope * (ds - v * dm)
            }
            4 => {
                let dm = *x + beta * next;
                (if fires { R::ZERO } else { dm }) + slope * ds
            }
            _ => (*x + beta * next) + slope * ds,
        };
    }
}
