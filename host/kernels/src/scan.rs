//! First-order filters along the leading axis.

use crate::Real;
use crate::parallel::{COLUMNS, column_blocks_mut, tasks};
use multiversion::multiversion;

/// In place on `values [steps, width]`: `y_t = decay y_{t-1} + x_t`, or from the end `y_t = decay y_{t+1} + x_t`.
///
/// # Panics
/// When `values` is not whole steps.
pub fn decay<R: Real>(decay: R, values: &mut [R], width: usize, reverse: bool) {
    expect_steps(values.len(), width);
    let work = values.len();
    tasks(column_blocks_mut(values, width, COLUMNS), work, |mut steps| {
        if reverse {
            steps.reverse();
        }
        for t in 1..steps.len() {
            let (before, now) = steps.split_at_mut(t);
            decay_add(decay, before[t - 1], now[0]);
        }
    });
}

/// [`decay`] of `x`, into `out`, all of which is written.
///
/// # Panics
/// When the lengths differ or are not whole steps.
pub fn decay_into<R: Real>(decay: R, x: &[R], out: &mut [R], width: usize, reverse: bool) {
    filter_into(x, out, width, reverse, |_, before, x, out| {
        decay_from(decay, before, x, out);
    });
}

/// From `x [steps, width]` and gains of the same shape: `y_t = gain_t y_{t-1} + x_t`, or from the end
/// `y_t = gain_{t+1} y_{t+1} + x_t`, into `out`, all of which is written.
///
/// # Panics
/// When the sizes do not fit.
pub fn gain_into<R: Real>(gain: &[R], x: &[R], out: &mut [R], width: usize, reverse: bool) {
    assert_eq!(gain.len(), x.len(), "gains of a filter");
    filter_into(x, out, width, reverse, |at, before, x, out| {
        gain_from(&gain[at..at + x.len()], before, x, out);
    });
}

/// Blocks of columns from step to step: `step(at, y_before, x_t, y_t)`, where the later of both steps begins at `at`.
fn filter_into<R: Real>(
    x: &[R],
    out: &mut [R],
    width: usize,
    reverse: bool,
    step: impl Fn(usize, &[R], &[R], &mut [R]) + Sync,
) {
    expect_steps(out.len(), width);
    assert_eq!(x.len(), out.len(), "filter over steps");
    if out.is_empty() {
        return;
    }
    let work = out.len();
    let blocks: Vec<_> = column_blocks_mut(out, width, COLUMNS)
        .into_iter()
        .enumerate()
        .collect();
    tasks(blocks, work, |(block, mut steps)| {
        let last = steps.len() - 1;
        let at = |t: usize| t * width + block * COLUMNS;
        for k in 0..=last {
            let t = if reverse { last - k } else { k };
            let (earlier, later) = steps.split_at_mut(if reverse { t + 1 } else { t });
            let (now, before) = match (reverse, earlier, later) {
                (false, earlier, [now, ..]) => (&mut **now, earlier.last()),
                (true, [.., now], later) => (&mut **now, later.first()),
                _ => return,
            };
            let x = &x[at(t)..at(t) + now.len()];
            match before {
                None => now.copy_from_slice(x),
                Some(before) => step(at(if reverse { t + 1 } else { t }), before, x, now),
            }
        }
    });
}

fn expect_steps(len: usize, width: usize) {
    assert!(
        width > 0 && len.is_multiple_of(width),
        "filter over steps of {width}"
    );
}

/// Trace update in place: `trace = decay trace + factor x`.
///
/// # Panics
/// When the lengths differ.
pub fn trace<R: Real>(decay: R, factor: R, x: &[R], trace: &mut [R]) {
    assert_eq!(trace.len(), x.len(), "trace");
    crate::parallel::chunks_mut(trace, COLUMNS, x.len(), |first, part| {
        trace_add(decay, factor, &x[first..first + part.len()], part);
    });
}

/// Trace update in place with binary `events [rows, cols]`: `trace = decay trace + factor events`.
///
/// # Panics
/// When the sizes do not fit.
pub fn trace_events<R: Real>(decay: R, factor: R, events: &crate::Events, trace: &mut [R]) {
    assert_eq!(trace.len(), events.rows * events.cols, "trace of events");
    if trace.is_empty() {
        return;
    }
    let cols = events.cols;
    let rows = (COLUMNS / cols).max(1);
    let work = trace.len();
    crate::parallel::chunks_mut(trace, rows * cols, work, |first, part| {
        if decay != R::ONE {
            decay_only(decay, part);
        }
        for (k, row) in part.chunks_exact_mut(cols).enumerate() {
            for &c in events.row(first / cols + k) {
                row[c as usize] += factor;
            }
        }
    });
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn decay_only<R: Real>(decay: R, io: &mut [R]) {
    for y in io {
        *y = decay * *y;
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn trace_add<R: Real>(decay: R, factor: R, x: &[R], io: &mut [R]) {
    for (y, &x) in io.iter_mut().zip(x) {
        *y = decay * *y + factor * x;
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn decay_add<R: Real>(decay: R, before: &[R], io: &mut [R]) {
    for (y, &b) in io.iter_mut().zip(before) {
        *y += decay * b;
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn decay_from<R: Real>(decay: R, before: &[R], x: &[R], out: &mut [R]) {
    for ((y, &b), &x) in out.iter_mut().zip(before).zip(x) {
        *y = x + decay * b;
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn gain_from<R: Real>(gain: &[R], before: &[R], x: &[R], out: &mut [R]) {
    for (((y, &b), &x), &g) in out.iter_mut().zip(before).zip(x).zip(gain) {
        *y = x + g * b;
    }
}

#[cfg(test)]
mod tests {
    use super::{decay, decay_into, gain_into, trace, trace_events};
    use crate::Events;
    use crate::parallel::COLUMNS;

    #[test]
    fn filters_run_both_ways() {
        let mut x = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        decay(0.5, &mut x, 2, false);
        assert_eq!(x, [1.0, 10.0, 2.5, 25.0, 4.25, 42.5]);
        let mut x = [1.0, 2.0, 3.0];
        decay(0.5, &mut x, 1, true);
        assert_eq!(x, [2.75, 3.5, 3.0]);
        let (x, mut y) = ([1.0, 2.0, 3.0], [7.0; 3]);
        gain_into(&[9.0, 0.5, 0.25], &x, &mut y, 1, false);
        assert_eq!(y, [1.0, 2.5, 3.625]);
        gain_into(&[9.0, 0.5, 0.25], &x, &mut y, 1, true);
        assert_eq!(y, [2.375, 2.75, 3.0]);
    }

    #[test]
    fn a_filter_into_other_memory_is_the_one_in_place() {
        let (steps, width) = (3, COLUMNS + 5);
        let x: Vec<f32> = (0..steps * width).map(|k| (k * 37 % 101) as f32).collect();
        for reverse in [false, true] {
            let (mut in_place, mut out) = (x.clone(), vec![7.0; x.len()]);
            decay(0.7, &mut in_place, width, reverse);
            decay_into(0.7, &x, &mut out, width, reverse);
            assert_eq!(out, in_place);
            gain_into(&vec![0.7; x.len()], &x, &mut out, width, reverse);
            assert_eq!(out, in_place);
        }
    }

    #[test]
    fn traces_of_events_equal_those_of_dense_inputs() {
        let dense = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0];
        let events = Events::from_dense(&dense, 2, 3).expect("binary");
        let mut a = [0.5, 1.0, 2.0, 0.25, 0.0, 4.0];
        let mut b = a;
        trace(0.9, 1.0, &dense, &mut a);
        trace_events(0.9, 1.0, &events, &mut b);
        assert_eq!(a, b);
    }
}
