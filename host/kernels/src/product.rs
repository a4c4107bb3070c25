//! Event-driven products: sums of rows of a table, selected by events.
//!
//! The forward product of a synapse and its weight gradient are the same kernel: the current of a sample is the sum
//! of the transposed weights' rows at its events; the gradient of an input's weights is the sum of the postsynaptic
//! rows at the samples where that input fired, that is with the event index transposed.

use crate::parallel::splits;
use crate::{Events, Real};
use multiversion::multiversion;
use rayon::prelude::*;

/// Output rows of one task.
const ROWS: usize = 64;

/// Events up to which a narrow gradient is scattered on the calling thread instead of transposing the index.
const SCATTER: usize = 1 << 19;

/// What becomes of a sum of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Finish<R> {
    /// It replaces the target.
    Replace,
    /// It goes on from the target's value, term by term.
    Continue,
    /// The target gets its multiple added; targets without a term stay untouched.
    AddScaled(R),
}

/// Density of ones from which a dense product is cheaper; measured between 0.2 and 0.35 over shapes and machines.
pub const BREAK_EVEN: f64 = 0.25;

/// Whether a product with `events` ones (`[rows, cols]`, result `[rows, out]`) is done event by event. A pure function of
/// the shape and the number of events; the two ways agree to rounding only.
pub fn event_driven(rows: usize, cols: usize, out: usize, events: usize) -> bool {
    out > 0 && (events as f64) < BREAK_EVEN * (rows * cols) as f64
}

/// `out[r, :] = (accumulate ? out[r, :] : 0) + Σ table[c, :]` over the ones `c` of row `r`, in ascending order of `c`;
/// `table` is `[events.cols, width]`, `out` `[events.rows, width]`.
///
/// # Panics
/// When the slices do not have these sizes.
pub fn sum_rows<R: Real>(events: &Events, table: &[R], width: usize, out: &mut [R], accumulate: bool) {
    rows(
        events,
        table,
        width,
        out,
        if accumulate {
            Finish::Continue
        } else {
            Finish::Replace
        },
    );
}

fn rows<R: Real>(events: &Events, table: &[R], width: usize, out: &mut [R], finish: Finish<R>) {
    assert_eq!(
        table.len(),
        events.cols * width,
        "table of an event-driven product"
    );
    assert_eq!(
        out.len(),
        events.rows * width,
        "result of an event-driven product"
    );
    if width == 0 {
        return;
    }
    if splits(events.nnz() * width) {
        out.par_chunks_mut(ROWS * width)
            .enumerate()
            .for_each(|(task, part)| sum_rows_of(events, task * ROWS, table, width, part, finish));
    } else {
        sum_rows_of(events, 0, table, width, out, finish);
    }
}

/// Rows `first..` of [`sum_rows`] on the calling thread, as many as `out` holds.
pub(crate) fn sum_rows_of<R: Real>(
    events: &Events,
    first: usize,
    table: &[R],
    width: usize,
    out: &mut [R],
    finish: Finish<R>,
) {
    let rows = out.len() / width;
    let lists: Vec<&[u32]> = (first..first + rows).map(|row| events.row(row)).collect();
    sum_lists(&lists, table, width, out, finish);
}

/// `out[k, :] (+)= Σ table[c, :]` over the columns of list `k`.
pub(crate) fn sum_lists<R: Real>(
    lists: &[&[u32]],
    table: &[R],
    width: usize,
    out: &mut [R],
    finish: Finish<R>,
) {
    // Registers hold 256 bytes of partial sums; panels keep the table's share in the second-level cache.
    if size_of::<R>() == 4 {
        sum_panels::<R, 64, 16>(lists, table, width, out, finish);
    } else {
        sum_panels::<R, 32, 8>(lists, table, width, out, finish);
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn sum_panels<R: Real, const WIDE: usize, const NARROW: usize>(
    lists: &[&[u32]],
    table: &[R],
    width: usize,
    out: &mut [R],
    finish: Finish<R>,
) {
    let mut column = 0;
    while column + WIDE <= width {
        sum_panel::<R, WIDE>(lists, table, width, column, out, finish);
        column += WIDE;
    }
    while column + NARROW <= width {
        sum_panel::<R, NARROW>(lists, table, width, column, out, finish);
        column += NARROW;
    }
    if column < width {
        sum_tail::<R, NARROW>(lists, table, width, column, out, finish);
    }
}

#[inline(always)]
fn sum_panel<R: Real, const W: usize>(
    lists: &[&[u32]],
    table: &[R],
    width: usize,
    column: usize,
    out: &mut [R],
    finish: Finish<R>,
) {
    for (row, list) in lists.iter().enumerate() {
        let Some(target) = out[row * width + column..].first_chunk_mut::<W>() else {
            return;
        };
        if list.is_empty() && finish != Finish::Replace {
            continue;
        }
        let mut sum = if finish == Finish::Continue {
            *target
        } else {
            [R::ZERO; W]
        };
        for &c in *list {
            let Some(terms) = table[c as usize * width + column..].first_chunk::<W>() else {
                return;
            };
            for (s, t) in sum.iter_mut().zip(terms) {
                *s += *t;
            }
        }
        finish_row(target, &sum, finish);
    }
}

/// The last columns, fewer than `W`: whole panels are read, which reach into the next row of the table, and the lanes that
/// do not belong to the row are dropped.
#[inline(always)]
fn sum_tail<R: Real, const W: usize>(
    lists: &[&[u32]],
    table: &[R],
    width: usize,
    column: usize,
    out: &mut [R],
    finish: Finish<R>,
) {
    for (row, list) in lists.iter().enumerate() {
        if list.is_empty() && finish != Finish::Replace {
            continue;
        }
        let target = &mut out[row * width + column..(row + 1) * width];
        let mut sum = [R::ZERO; W];
        if finish == Finish::Continue {
            sum[..target.len()].copy_from_slice(target);
        }
        for &c in *list {
            add_lanes(&mut sum, &table[c as usize * width + column..], target.len());
        }
        finish_row(target, &sum, finish);
    }
}

/// Adds the first `lanes` of `terms`, and others when a whole panel is there.
#[inline(always)]
fn add_lanes<R: Real, const W: usize>(sum: &mut [R; W], terms: &[R], lanes: usize) {
    let panel = match terms.first_chunk::<W>() {
        Some(panel) => *panel,
        None => {
            // By way of a copy, so that the sums stay in registers.
            let mut panel = [R::ZERO; W];
            panel[..lanes].copy_from_slice(&terms[..lanes]);
            panel
        }
    };
    sum.iter_mut().zip(&panel).for_each(|(s, t)| *s += *t);
}

#[inline(always)]
fn finish_row<R: Real>(target: &mut [R], sum: &[R], finish: Finish<R>) {
    match finish {
        Finish::AddScaled(scale) => target.iter_mut().zip(sum).for_each(|(t, s)| *t += scale * *s),
        _ => target.copy_from_slice(&sum[..target.len()]),
    }
}

/// `out[c, :] = (accumulate ? out[c, :] : 0) + Σ post[r, :]` over the rows `r` in which column `c` holds a one: the
/// transposed weight gradient `[events.cols, width]` for postsynaptic rows `post [events.rows, width]`.
///
/// # Panics
/// When the slices do not have these sizes.
pub fn sum_columns<R: Real>(events: &Events, post: &[R], width: usize, out: &mut [R], accumulate: bool) {
    columns(
        events,
        post,
        width,
        out,
        if accumulate {
            Finish::Continue
        } else {
            Finish::Replace
        },
    );
}

/// `out[c, :] += scale Σ post[r, :]`, as [`sum_columns`] but without forming the gradient; rows of `out` without an event
/// are not touched. More than 1024 rows are summed and added in blocks.
///
/// # Panics
/// When the slices do not have these sizes.
pub fn add_columns<R: Real>(events: &Events, post: &[R], width: usize, scale: R, out: &mut [R]) {
    columns(events, post, width, out, Finish::AddScaled(scale));
}

fn columns<R: Real>(events: &Events, post: &[R], width: usize, out: &mut [R], finish: Finish<R>) {
    assert_eq!(
        post.len(),
        events.rows * width,
        "postsynaptic side of a weight gradient"
    );
    assert_eq!(out.len(), events.cols * width, "event-driven weight gradient");
    let narrow = 64 / size_of::<R>();
    if width <= narrow && events.nnz() <= SCATTER {
        return if narrow == 16 {
            scatter::<R, 16>(events, post, width, out, finish)
        } else {
            scatter::<R, 8>(events, post, width, out, finish)
        };
    }
    // Blocks of rows whose share of one panel stays in the second-level cache.
    let block = 1024;
    let mut first = true;
    let mut start = 0;
    while start < events.rows || first {
        let len = block.min(events.rows - start);
        let part = if len == events.rows {
            events.transpose()
        } else {
            events.narrow(start, len).transpose()
        };
        let finish = if finish == Finish::Replace && !first {
            Finish::Continue
        } else {
            finish
        };
        rows(
            &part,
            &post[start * width..(start + len) * width],
            width,
            out,
            finish,
        );
        first = false;
        start += len;
    }
}

/// [`columns`] for rows of at most `W` elements, event by event; each sum has the same order of terms.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn scatter<R: Real, const W: usize>(
    events: &Events,
    post: &[R],
    width: usize,
    out: &mut [R],
    finish: Finish<R>,
) {
    if width == 0 {
        return;
    }
    let mut sums = vec![[R::ZERO; W]; events.cols];
    if finish == Finish::Continue {
        sums.iter_mut()
            .zip(out.chunks_exact(width))
            .for_each(|(s, o)| s[..width].copy_from_slice(o));
    }
    for row in 0..events.rows {
        for &c in events.row(row) {
            add_lanes(&mut sums[c as usize], &post[row * width..], width);
        }
    }
    out.chunks_exact_mut(width)
        .zip(&sums)
        .for_each(|(o, s)| finish_row(o, s, finish));
}

/// `target [cols, rows] = sourceᵀ` for a row-major `source [rows, cols]`.
///
/// # Panics
/// When the slices do not hold `rows * cols` elements.
pub fn transpose<R: Real>(source: &[R], rows: usize, cols: usize, target: &mut [R]) {
    const TILE: usize = 16;
    assert_eq!(source.len(), rows * cols, "source of a transposition");
    assert_eq!(target.len(), rows * cols, "target of a transposition");
    if rows == 0 || cols == 0 {
        return;
    }
    crate::parallel::chunks_mut(target, TILE * rows, rows * cols, |first, part| {
        let (col0, count) = (first / rows, part.len() / rows);
        for row0 in (0..rows).step_by(TILE) {
            for row in row0..rows.min(row0 + TILE) {
                let line = &source[row * cols + col0..row * cols + col0 + count];
                for (k, value) in line.iter().enumerate() {
                    part[k * rows + row] = *value;
                }
            }
        }
    });
}
