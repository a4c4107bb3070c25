//! The weight gradient: for every input the sum of the postsynaptic rows of the samples, each times its element.

use super::Weighted;
use super::index::Entry;
use super::support::COLUMNS;
use crate::gradient::{is_outer, outer};
use crate::order::{Lines, Put, fill, put};
use crate::panels::{Rows, Span, spans, with_stride};
use crate::parallel::splits;
use crate::{Order, Panels, Real};
use multiversion::multiversion;
use rayon::prelude::*;

/// Inputs of one task that writes all outputs; blocks hold a multiple of them.
const INPUTS: usize = COLUMNS / 2;
/// Panels from which each is a task of its own.
const PANELS: usize = 4;

/// The gradient of weights `out [width, pre.cols()]`, all of which is written in the given order, for postsynaptic rows
/// `post [pre.rows(), width]`: `out[o, c] = Σ pre[r, c] post[r, o]` over the rows `r`, ascending, in which column `c` is
/// not zero. What is infinite or no number in other rows of `post` is not met, unlike in a dense product.
///
/// # Panics
/// When the sizes do not fit.
pub fn weighted_gradient_into<R: Real>(
    pre: &Weighted<R>,
    post: &[R],
    width: usize,
    order: Order,
    out: &mut [R],
) {
    let inputs = pre.cols();
    assert_eq!(
        post.len(),
        pre.rows() * width,
        "postsynaptic side of a weight gradient"
    );
    assert_eq!(out.len(), width * inputs, "a weight gradient");
    if pre.nonzero() == 0 || width == 0 {
        out.fill(R::ZERO);
        return;
    }
    if is_outer(pre.rows(), width) {
        return outer(&pre.first_row(), post, order, out);
    }
    let split = splits(pre.nonzero() * width);
    if split && spans::<R>(width).count() < PANELS {
        let mut sums = Panels::zeros(inputs, width);
        add_weighted_gradient(pre, post, R::ONE, &mut sums);
        return sums.write(order, out);
    }
    let post = Rows::pack(post, width);
    let together = match order {
        Order::Rows => COLUMNS,
        Order::Columns => INPUTS,
    };
    fill(
        out,
        order,
        [width, inputs],
        together,
        split,
        |span, first, lines| {
            with_stride!(span.stride, W => gather::<R, W>(pre, first, post.panel(span), span, Put::Set, lines));
        },
    );
}

/// `table[c, :] += scale Σ pre[r, c] post[r, :]` for the transposed weights `table [pre.cols(), width]`, without forming the
/// gradient.
///
/// # Panics
/// When the sizes do not fit.
pub fn add_weighted_gradient<R: Real>(pre: &Weighted<R>, post: &[R], scale: R, table: &mut Panels<R>) {
    let width = table.width();
    assert_eq!(
        post.len(),
        pre.rows() * width,
        "postsynaptic side of a weight gradient"
    );
    assert_eq!(table.rows(), pre.cols(), "table of a weight gradient");
    if pre.nonzero() == 0 || width == 0 {
        return;
    }
    let post = Rows::pack(post, width);
    let add = |(span, first, part): (Span, usize, &mut [R])| {
        let lines = Lines::of_panel(part, span);
        with_stride!(span.stride, W => gather::<R, W>(pre, first, post.panel(span), span, Put::Add(scale), lines));
    };
    let parts = table.parts_mut(INPUTS);
    if splits(pre.nonzero() * width) {
        parts.into_par_iter().for_each(add);
    } else {
        parts.into_iter().for_each(add);
    }
}

/// The inputs from `first`, all of one block, as many as there are lines.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn gather<R: Real, const W: usize>(
    pre: &Weighted<R>,
    first: usize,
    panel: &[R],
    span: Span,
    mut how: Put<R>,
    mut lines: Lines<'_, R>,
) {
    let (rows, _) = panel.as_chunks::<W>();
    for block in pre.blocks_of(first) {
        let rows = &rows[block.first_row..];
        let mut lines = (first % COLUMNS..).zip(lines.each());
        while let Some((k, line)) = lines.next() {
            // Two inputs side by side, whose additions do not wait for each other.
            let Some((next, other)) = lines.next() else {
                let mut sum = [R::ZERO; W];
                add_entries(&mut sum, block.column(k), rows);
                put(&sum, line, span, how);
                break;
            };
            let [mut sum, mut near] = [[R::ZERO; W]; 2];
            let (column, next) = (block.column(k), block.column(next));
            let both = column.len().min(next.len());
            for (entry, near_entry) in column.iter().zip(next) {
                add_entry(&mut sum, entry, rows);
                add_entry(&mut near, near_entry, rows);
            }
            add_entries(&mut sum, &column[both..], rows);
            add_entries(&mut near, &next[both..], rows);
            put(&sum, line, span, how);
            put(&near, other, span, how);
        }
        if let Put::Set = how {
            how = Put::Add(R::ONE);
        }
    }
}

/// Adds the rows of these entries, each times its value.
#[inline(always)]
fn add_entries<R: Real, const W: usize>(sum: &mut [R; W], entries: &[Entry<R>], rows: &[[R; W]]) {
    let mut near = *sum;
    for entry in entries {
        add_entry(&mut near, entry, rows);
    }
    *sum = near;
}

#[inline(always)]
fn add_entry<R: Real, const W: usize>(sum: &mut [R; W], entry: &Entry<R>, rows: &[[R; W]]) {
    let (value, terms) = (entry.value, &rows[entry.row as usize]);
    for k in 0..W {
        sum[k] += value * terms[k];
    }
}
