//! Sums of rows of a table in panels, selected by events: the forward product of a synapse.

use crate::panels::{Span, spans, with_stride};
use crate::parallel::splits;
use crate::{Events, Panels, Real};
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
    for (k, row) in out.chunks_exact_mut(width).enumerate() {
        let mut sum = [R::ZERO; W];
        add_rows(&mut sum, events.row(first + k), table);
        let row = &mut row[span.first..];
        match row.first_chunk_mut::<W>() {
            Some(whole) if span.columns == W => *whole = sum,
            _ => {
                // A copy, so that the sums themselves stay in registers.
                let sum = sum;
                row[..span.columns].copy_from_slice(&sum[..span.columns]);
            }
        }
    }
}

/// Adds the listed rows of a panel.
#[inline(always)]
pub(crate) fn add_rows<R: Real, const W: usize>(sum: &mut [R; W], list: &[u32], table: &[[R; W]]) {
    for &c in list {
        let terms = &table[c as usize];
        for (s, t) in sum.iter_mut().zip(terms) {
            *s += *t;
        }
    }
}
