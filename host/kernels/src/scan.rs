//! First-order filters along the leading axis.

use crate::Real;
use crate::parallel::{COLUMNS, column_blocks, column_blocks_mut, tasks};
use multiversion::multiversion;

/// In place on `values [steps, width]`: `y_t = decay y_{t-1} + x_t`, or from the end `y_t = decay y_{t+1} + x_t`.
///
/// # Panics
/// When `values` is not whole steps.
pub fn decay<R: Real>(decay: R, values: &mut [R], width: usize, reverse: bool) {
    assert!(
        width > 0 && values.len().is_multiple_of(width),
        "filter over steps of {width}"
    );
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

/// In place on `values [steps, width]` with gains of the same shape: `y_t = gain_t y_{t-1} + x_t`, or from the end
/// `y_t = gain_{t+1} y_{t+1} + x_t`.
///
/// # Panics
/// When the sizes do not fit.
pub fn gain<R: Real>(gain: &[R], values: &mut [R], width: usize, reverse: bool) {
    assert!(
        width > 0 && values.len().is_multiple_of(width),
        "filter over steps of {width}"
    );
    assert_eq!(gain.len(), values.len(), "gains of a filter");
    let work = values.len();
    let all: Vec<_> = column_blocks_mut(values, width, COLUMNS)
        .into_iter()
        .zip(column_blocks(gain, width, COLUMNS))
        .collect();
    tasks(all, work, |(mut steps, gains)| {
        if reverse {
            for t in (1..steps.len()).rev() {
                let (now, later) = steps.split_at_mut(t);
                gain_add(gains[t], later[0], now[t - 1]);
            }
        } else {
            for t in 1..steps.len() {
                let (before, now) = steps.split_at_mut(t);
                gain_add(gains[t], before[t - 1], now[0]);
            }
        }
    });
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
fn gain_add<R: Real>(gain: &[R], before: &[R], io: &mut [R]) {
    for ((y, &b), &g) in io.iter_mut().zip(before).zip(gain) {
        *y += g * b;
    }
}

#[cfg(test)]
mod tests {
    use super::{decay, gain, trace, trace_events};
    use crate::Events;

    #[test]
    fn filters_run_both_ways() {
        let mut x = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        decay(0.5, &mut x, 2, false);
        assert_eq!(x, [1.0, 10.0, 2.5, 25.0, 4.25, 42.5]);
        let mut x = [1.0, 2.0, 3.0];
        decay(0.5, &mut x, 1, true);
        assert_eq!(x, [2.75, 3.5, 3.0]);
        let mut x = [1.0, 2.0, 3.0];
        gain(&[9.0, 0.5, 0.25], &mut x, 1, false);
        assert_eq!(x, [1.0, 2.5, 3.625]);
        let mut x = [1.0, 2.0, 3.0];
        gain(&[9.0, 0.5, 0.25], &mut x, 1, true);
        assert_eq!(x, [2.375, 2.75, 3.0]);
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
