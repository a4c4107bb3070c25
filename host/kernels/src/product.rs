//! Event-driven products with tables in row-major order.
//!
//! Tables that are used often are better kept as [`Panels`](crate::Panels): see [`gather`](crate::gather) for the forward
//! product and [`gradient`](crate::gradient) for the weight gradient.

use crate::gather;
use crate::{Events, Panels, Real};
use multiversion::multiversion;

/// Bytes of a table that stays in the second-level cache.
const NEAR: usize = 512 << 10;
/// Events per row of a table from which packing it first pays.
pub(crate) const WORTH_PACKING: usize = 4;

/// `out[r, :] = Σ table[c, :]` over the ones `c` of row `r`, in ascending order of `c`; `table` is row-major
/// `[events.cols, width]`, `out` `[events.rows, width]`.
///
/// # Panics
/// When the slices do not have these sizes.
pub fn sum_rows<R: Real>(events: &Events, table: &[R], width: usize, out: &mut [R]) {
    assert_eq!(
        table.len(),
        events.cols * width,
        "table of an event-driven product"
    );
    if events.nnz() >= WORTH_PACKING * events.cols {
        return gather::sum_rows(events, &Panels::pack(table, events.cols, width), out);
    }
    assert_eq!(
        out.len(),
        events.rows * width,
        "result of an event-driven product"
    );
    if width == 0 {
        return;
    }
    if size_of_val(table) > NEAR {
        return stream(events, table, width, out);
    }
    let lists: Vec<&[u32]> = (0..events.rows).map(|row| events.row(row)).collect();
    sum_lists(&lists, table, width, out);
}

/// Whole rows of a far table, one after the other: each is fetched as it lies, and sums stay near.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn stream<R: Real>(events: &Events, table: &[R], width: usize, out: &mut [R]) {
    for (row, out) in out.chunks_exact_mut(width).enumerate() {
        out.fill(R::ZERO);
        for &c in events.row(row) {
            let terms = &table[c as usize * width..][..width];
            out.iter_mut().zip(terms).for_each(|(s, t)| *s += *t);
        }
    }
}

/// `out[k, :] = Σ table[c, :]` over the columns of list `k`, on the calling thread.
pub(crate) fn sum_lists<R: Real>(lists: &[&[u32]], table: &[R], width: usize, out: &mut [R]) {
    // Registers hold 256 bytes of partial sums; panels keep the table's share in the second-level cache.
    if size_of::<R>() == 4 {
        sum_panels::<R, 64, 16>(lists, table, width, out);
    } else {
        sum_panels::<R, 32, 8>(lists, table, width, out);
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn sum_panels<R: Real, const WIDE: usize, const NARROW: usize>(
    lists: &[&[u32]],
    table: &[R],
    width: usize,
    out: &mut [R],
) {
    let mut column = 0;
    while column + WIDE <= width {
        sum_panel::<R, WIDE>(lists, table, width, column, out);
        column += WIDE;
    }
    while column + NARROW <= width {
        sum_panel::<R, NARROW>(lists, table, width, column, out);
        column += NARROW;
    }
    if column < width {
        sum_tail::<R, NARROW>(lists, table, width, column, out);
    }
}

#[inline(always)]
fn sum_panel<R: Real, const W: usize>(
    lists: &[&[u32]],
    table: &[R],
    width: usize,
    column: usize,
    out: &mut [R],
) {
    for (row, list) in lists.iter().enumerate() {
        let Some(target) = out[row * width + column..].first_chunk_mut::<W>() else {
            return;
        };
        let mut sum = [R::ZERO; W];
        for &c in *list {
            let Some(terms) = table[c as usize * width + column..].first_chunk::<W>() else {
                return;
            };
            for (s, t) in sum.iter_mut().zip(terms) {
                *s += *t;
            }
        }
        *target = sum;
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
) {
    for (row, list) in lists.iter().enumerate() {
        let target = &mut out[row * width + column..(row + 1) * width];
        let mut sum = [R::ZERO; W];
        for &c in *list {
            add_lanes(&mut sum, &table[c as usize * width + column..], target.len());
        }
        let lanes = target.len();
        target.copy_from_slice(&sum[..lanes]);
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
