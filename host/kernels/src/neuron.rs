//! Membrane updates of spiking neurons, in the order of operations of the reference.
//!
//! Two forms. *Delayed* reset: the reset decided on the stored membrane acts in the next step, `u_t = ((β u_{t-1}) + I_t) -
//! r_t θ` with `r_t = [u_{t-1} > θ]`. *Immediate* reset: `v_t = (((β m_{t-1}) + I_t) + rec_t) - r_t θ`, spikes
//! `s_t = [v_t > θ]`, then `m_t = v_t - (s_t - r_t) θ`. The test is `>=` for neurons that say so.

use crate::marks::{Test, append_where};
use crate::{Events, Real};
use multiversion::multiversion;

/// What a spike does to the membrane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// Subtracts the threshold.
    Subtract,
    /// Sets the membrane to zero.
    Zero,
    /// Nothing.
    None,
}

/// When a spike's reset acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetOrder {
    /// In the next step.
    Delayed,
    /// At once.
    Immediate,
}

/// Constants of a leaky integrate-and-fire neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lif<R> {
    /// Membrane decay per step; used clamped to `[0, 1]`.
    pub beta: R,
    /// Firing threshold.
    pub threshold: R,
    /// What a spike does to the membrane.
    pub reset: Reset,
    /// When it does.
    pub order: ResetOrder,
    /// Fires at `membrane >= threshold` instead of `>`.
    pub inclusive: bool,
}

impl<R: Real> Lif<R> {
    /// The decay in `[0, 1]`.
    #[inline(always)]
    pub fn decay(&self) -> R {
        self.beta.max(R::ZERO).min(R::ONE)
    }

    /// Whether a membrane fires.
    #[inline(always)]
    pub fn fires(&self, membrane: R) -> bool {
        if self.inclusive {
            membrane >= self.threshold
        } else {
            membrane > self.threshold
        }
    }
}

/// One step of the delayed form, in place: `io` holds the current and gets the membranes.
#[inline(always)]
pub(crate) fn delayed<R: Real>(lif: &Lif<R>, previous: &[R], io: &mut [R]) {
    match (lif.reset, lif.inclusive) {
        (Reset::Subtract, false) => delayed_loop::<R, 0, false>(lif, previous, io),
        (Reset::Subtract, true) => delayed_loop::<R, 0, true>(lif, previous, io),
        (Reset::Zero, false) => delayed_loop::<R, 1, false>(lif, previous, io),
        (Reset::Zero, true) => delayed_loop::<R, 1, true>(lif, previous, io),
        (Reset::None, _) => delayed_loop::<R, 2, false>(lif, previous, io),
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn delayed_loop<R: Real, const RESET: u8, const INCLUSIVE: bool>(lif: &Lif<R>, previous: &[R], io: &mut [R]) {
    let (beta, threshold) = (lif.decay(), lif.threshold);
    for (x, &u) in io.iter_mut().zip(previous) {
        let reset = if INCLUSIVE { u >= threshold } else { u > threshold };
        *x = match RESET {
            0 => ((beta * u) + *x) - if reset { threshold } else { R::ZERO },
            1 => (beta * if reset { R::ZERO } else { u }) + *x,
            _ => (beta * u) + *x,
        };
    }
}

/// One step of either form. `previous` are the membranes left by the last step, `recurrent` the recurrent current with
/// its bias (empty when there is none); `fired` gets the membranes that are compared with the threshold, `membrane` what
/// is left after an immediate reset (the same for a delayed one).
///
/// # Panics
/// When the lengths differ.
pub fn step<R: Real>(
    lif: &Lif<R>,
    previous: &[R],
    current: &[R],
    recurrent: &[R],
    fired: &mut [R],
    membrane: &mut [R],
) {
    let n = fired.len();
    assert!(
        previous.len() == n && current.len() == n && membrane.len() == n,
        "membrane update"
    );
    assert!(recurrent.is_empty() || recurrent.len() == n, "recurrent current");
    fired.copy_from_slice(current);
    advance(lif, previous, recurrent, fired, membrane);
}

/// [`step`] in place: `io` holds the current and gets the membranes that are compared with the threshold.
pub(crate) fn advance<R: Real>(
    lif: &Lif<R>,
    previous: &[R],
    recurrent: &[R],
    io: &mut [R],
    membrane: &mut [R],
) {
    match (lif.reset, lif.inclusive) {
        (Reset::Subtract, false) => immediate_loop::<R, 0, false>(lif, previous, recurrent, io, membrane),
        (Reset::Subtract, true) => immediate_loop::<R, 0, true>(lif, previous, recurrent, io, membrane),
        (Reset::Zero, false) => immediate_loop::<R, 1, false>(lif, previous, recurrent, io, membrane),
        (Reset::Zero, true) => immediate_loop::<R, 1, true>(lif, previous, recurrent, io, membrane),
        (Reset::None, _) => immediate_loop::<R, 2, false>(lif, previous, recurrent, io, membrane),
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn immediate_loop<R: Real, const RESET: u8, const INCLUSIVE: bool>(
    lif: &Lif<R>,
    previous: &[R],
    recurrent: &[R],
    io: &mut [R],
    membrane: &mut [R],
) {
    let (beta, threshold) = (lif.decay(), lif.threshold);
    let fires = |u: R| if INCLUSIVE { u >= threshold } else { u > threshold };
    if !recurrent.is_empty() {
        // (β m + I) + rec, in this order: the recurrent current is added after the decay.
        for ((x, &m), &rec) in io.iter_mut().zip(previous).zip(recurrent) {
            let m = if RESET == 1 && fires(m) { R::ZERO } else { m };
            *x = ((beta * m) + *x) + rec;
        }
    } else {
        for (x, &m) in io.iter_mut().zip(previous) {
            let m = if RESET == 1 && fires(m) { R::ZERO } else { m };
            *x += beta * m;
        }
    }
    let immediate = lif.order == ResetOrder::Immediate;
    for ((x, &m), out) in io.iter_mut().zip(previous).zip(membrane) {
        let reset = fires(m);
        match RESET {
            0 => {
                *x -= if reset { threshold } else { R::ZERO };
                let spike = fires(*x);
                // (s - r) θ is θ, 0 or -θ.
                let change = if spike == reset {
                    R::ZERO
                } else if spike {
                    threshold
                } else {
                    -threshold
                };
                *out = if immediate { *x - change } else { *x };
            }
            1 => {
                let spike = fires(*x);
                *out = if spike == reset || !immediate {
                    *x
                } else if spike {
                    R::ZERO
                } else {
                    *x + *x
                };
            }
            _ => *out = *x,
        }
    }
}

/// The membranes after the reset of a recorded sequence, from the membranes that were compared
/// with the threshold (`fired [steps, width]`) and the membrane before the first step.
///
/// # Panics
/// When the lengths do not fit.
pub fn after_reset<R: Real>(lif: &Lif<R>, initial: &[R], fired: &[R]) -> Vec<R> {
    let width = initial.len();
    assert!(
        width > 0 && fired.len().is_multiple_of(width),
        "reset of a sequence"
    );
    let mut out = vec![R::ZERO; fired.len()];
    let mut previous = initial.to_vec();
    for (v, m) in fired.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
        for ((m, &v), &p) in m.iter_mut().zip(v).zip(&previous) {
            let (reset, spike) = (lif.fires(p), lif.fires(v));
            let sign = R::from_f64(f64::from(i8::from(spike) - i8::from(reset)));
            *m = match lif.reset {
                _ if lif.order == ResetOrder::Delayed => v,
                Reset::Subtract => v - sign * lif.threshold,
                Reset::Zero => v - sign * v,
                Reset::None => v,
            };
        }
        previous.copy_from_slice(m);
    }
    out
}

/// The spikes of membranes `[.., cols]` as events.
pub(crate) fn spikes_of<R: Real>(lif: &Lif<R>, membranes: &[R], cols: usize) -> Events {
    let rows = membranes.len() / cols;
    let mut offsets = Vec::with_capacity(rows + 1);
    let mut index = Vec::with_capacity(membranes.len() / 4 + cols);
    offsets.push(0);
    let test = match lif.inclusive {
        true => Test::AtLeast(lif.threshold),
        false => Test::Above(lif.threshold),
    };
    fired_columns(test, membranes, cols, (&mut offsets, &mut index));
    Events {
        rows,
        cols,
        offsets,
        index,
    }
}

/// Appends the columns that fire, and where each row ends.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn fired_columns<R: Real>(
    test: Test<R>,
    membranes: &[R],
    cols: usize,
    (offsets, index): (&mut Vec<u32>, &mut Vec<u32>),
) {
    for row in membranes.chunks_exact(cols) {
        append_where(row, test, index);
        offsets.push(index.len() as u32);
    }
}
