//! Sums of rows of a table in panels, selected by events: the forward product of a synapse.

use crate::order::{Put, put};
use crate::panels::{Span, columns, spans, with_stride};
use crate::parallel::{column_blocks_mut, splits, tasks};
use crate::sequence::SAMPLES;
use crate::{Events, Majority, Panels, Real};
use multiversion::multiversion;
use rayon::prelude::*;

/// Most and fewest output rows of one task.
const ROWS: (usize, usize) = (128, 32);

/// `out[r, :] = Σ table[c, :]` over the ones `c` of row `r`, in ascending order of `c`; `out` is `[events.rows, width]`.
///
/// # Panics
/// When the sizes do not fit.
pub fn sum_rows<R: Real>(events: &Events, table: &Panels<R>, out: &mut [R]) {
    let width = table.width();
    assert_eq!(table.rows(), events.cols, "table of an event-driven product");
    assert_eq!(
        out.len(),
        events.rows * width,
        "result of an event-driven product"
    );
    if width == 0 || events.rows == 0 {
        return;
    }
    if splits(events.nnz() * width) {
        let rows = (events.rows / 8).next_power_of_two().clamp(ROWS.1, ROWS.0);
        out.par_chunks_mut(rows * width)
            .enumerate()
            .for_each(|(task, part)| sum_rows_of(events, task * rows, table, part));
    } else {
        sum_rows_of(events, 0, table, out);
    }
}

/// Rows `first..` of [`sum_rows`] on the calling thread, as many as `out` holds.
pub(crate) fn sum_rows_of<R: Real>(events: &Events, first: usize, table: &Panels<R>, out: &mut [R]) {
    for span in spans::<R>(table.width()) {
        with_stride!(span.stride, W => sum_panel::<R, W>(events, first, table.panel(span), span, table.width(), out));
    }
}

/// [`sum_rows_of`] for several steps, each with its first row; a panel serves them all while it is in the cache.
pub(crate) fn sum_rows_of_steps<R: Real>(
    events: &Events,
    table: &Panels<R>,
    mut steps: Vec<(usize, &mut [R])>,
) {
    for span in spans::<R>(table.width()) {
        let (panel, width) = (table.panel(span), table.width());
        for (first, out) in &mut steps {
            with_stride!(span.stride, W => sum_panel::<R, W>(events, *first, panel, span, width, out));
        }
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn sum_panel<R: Real, const W: usize>(
    events: &Events,
    first: usize,
    panel: &[R],
    span: Span,
    width: usize,
    out: &mut [R],
) {
    let (table, _) = panel.as_chunks::<W>();
    let mut rows = (first..).zip(out.chunks_exact_mut(width));
    while let Some((k, row)) = rows.next() {
        let row = &mut row[span.first..];
        match rows.next() {
            Some((next, other)) => {
                let sums = sum_two(events.row(k), events.row(next), table);
                put(&sums[0], row, span, Put::Set);
                put(&sums[1], &mut other[span.first..], span, Put::Set);
            }
            None => {
                let mut sum = [R::ZERO; W];
                add_rows(&mut sum, events.row(k), table);
                put(&sum, row, span, Put::Set);
            }
        }
    }
}

/// The sums of the rows of a panel that two lists select, side by side: the additions of one do not wait for those of the
/// other.
#[inline(always)]
pub(crate) fn sum_two<R: Real, const W: usize>(one: &[u32], other: &[u32], table: &[[R; W]]) -> [[R; W]; 2] {
    let [mut sum, mut near] = [[R::ZERO; W]; 2];
    let both = one.len().min(other.len());
    let ((one, rest), (other, other_rest)) = (one.split_at(both), other.split_at(both));
    for (c, d) in one.iter().zip(other) {
        let (terms, others) = (&table[*c as usize], &table[*d as usize]);
        for k in 0..W {
            sum[k] += terms[k];
        }
        for k in 0..W {
            near[k] += others[k];
        }
    }
    add_rows(&mut sum, rest, table);
    add_rows(&mut near, other_rest, table);
    [sum, near]
}

/// [`sum_rows`] for spikes that repeat: `out[t * batch + b, :]` is the sum of the rows of `table` that step `t` of sample
/// `b` selects.
///
/// # Panics
/// When the sizes do not fit.
pub fn sum_repeating_rows<R: Real>(spikes: &Majority, table: &Panels<R>, out: &mut [R]) {
    let width = table.width();
    assert_eq!(table.rows(), spikes.base.cols, "table of an event-driven product");
    assert_eq!(
        out.len(),
        spikes.steps * spikes.batch * width,
        "result of an event-driven product"
    );
    if out.is_empty() {
        return;
    }
    let blocks = column_blocks_mut(out, spikes.batch * width, SAMPLES * width);
    let parts: Vec<_> = blocks.into_iter().enumerate().collect();
    tasks(parts, spikes.terms() * width, |(k, steps)| {
        let length = steps.first().map_or(0, |step| step.len());
        let base = sum_base(spikes, table, k * SAMPLES, length);
        sum_majority(spikes, table, [k * SAMPLES, 0], &base, steps);
    });
}

/// What all steps of the samples from `first` on have in common, `length` elements.
pub(crate) fn sum_base<R: Real>(spikes: &Majority, table: &Panels<R>, first: usize, length: usize) -> Vec<R> {
    let mut base = vec![R::ZERO; length];
    sum_rows_of(&spikes.base, first, table, &mut base);
    base
}

/// [`sum_rows_of_steps`] for spikes that repeat: steps `from..` of as many samples from `first` on as `base` holds, which is
/// [`sum_base`] of them.
pub(crate) fn sum_majority<R: Real>(
    spikes: &Majority,
    table: &Panels<R>,
    [first, from]: [usize; 2],
    base: &[R],
    mut steps: Vec<&mut [R]>,
) {
    for span in spans::<R>(table.width()) {
        let (panel, width) = (table.panel(span), table.width());
        with_stride!(span.stride, W => {
            sum_majority_panel::<R, W>(spikes, [first, from], base, panel, span, width, &mut steps);
        });
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn sum_majority_panel<R: Real, const W: usize>(
    spikes: &Majority,
    [first, from]: [usize; 2],
    base: &[R],
    panel: &[R],
    span: Span,
    width: usize,
    steps: &mut [&mut [R]],
) {
    let (table, _) = panel.as_chunks::<W>();
    for (k, base) in base.chunks_exact(width).enumerate() {
        let base = columns::<R, W>(&base[span.first..], span);
        for (t, step) in steps.iter_mut().enumerate() {
            let row = (first + k) * spikes.steps + from + t;
            let mut sum = base;
            add_rows(&mut sum, spikes.added.row(row), table);
            subtract_rows(&mut sum, spikes.missing.row(row), table);
            put(&sum, &mut step[k * width + span.first..], span, Put::Set);
        }
    }
}

/// Subtracts the listed rows of a panel.
#[inline(always)]
pub(crate) fn subtract_rows<R: Real, const W: usize>(sum: &mut [R; W], list: &[u32], table: &[[R; W]]) {
    let mut near = *sum;
    for &c in list {
        let terms = &table[c as usize];
        for k in 0..W {
            near[k] -= terms[k];
        }
    }
    *sum = near;
}

/// Adds the listed rows of a panel.
#[inline(always)]
pub(crate) fn add_rows<R: Real, const W: usize>(sum: &mut [R; W], list: &[u32], table: &[[R; W]]) {
    // In this form; others are cut into narrower vectors than there are.
    let mut near = *sum;
    for &c in list {
        let terms = &table[c as usize];
        for k in 0..W {
            near[k] += terms[k];
        }
    }
    *sum = near;
}
