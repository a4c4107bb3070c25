//! How the elements of a gradient lie, and writing it that way.
//!
//! Event-driven sums come input by input, in panels of outputs. Weights are `[outputs, inputs]`, so a gradient that lies like
//! them has to be turned on the way; one that lies column by column is where its sums are, and can be added to weights in
//! [`Panels`](crate::Panels) as it is.

use crate::Real;
use crate::aligned::Aligned;
use crate::panels::{PANEL, Span, spans};
use crate::parallel::chunks_mut;
use crate::transpose::transpose_into;
use rayon::prelude::*;

/// How the elements of a matrix `[outputs, inputs]` lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Row by row: the weights of an output are neighbours.
    Rows,
    /// Column by column: the weights of an input are neighbours.
    Columns,
}

/// Fills `out [width, inputs]` with sums: `sum(span, first, part)` adds to zeros the `[inputs, span.stride]` sums of inputs
/// `first..`, as many as `part` holds and at most `block`. In parallel where `split`.
pub(crate) fn fill<R: Real>(
    out: &mut [R],
    order: Order,
    [width, inputs]: [usize; 2],
    block: usize,
    split: bool,
    sum: impl Fn(Span, usize, &mut [R]) + Sync,
) {
    let block = block.min(inputs).max(1);
    match order {
        Order::Rows => by_rows(out, [width, inputs], block, split, sum),
        Order::Columns => by_columns(out, width, block, split, sum),
    }
}

/// Panel by panel: each owns some rows.
fn by_rows<R: Real>(
    out: &mut [R],
    [width, inputs]: [usize; 2],
    block: usize,
    split: bool,
    sum: impl Fn(Span, usize, &mut [R]) + Sync,
) {
    let fill = |(span, lines): (Span, &mut [R])| {
        let mut part = Aligned::zeros(block * span.stride);
        for first in (0..inputs).step_by(block) {
            let len = block.min(inputs - first);
            let part = &mut part[..len * span.stride];
            part.fill(R::ZERO);
            sum(span, first, part);
            transpose_into(
                part,
                span.stride,
                [len, span.columns],
                &mut lines[first..],
                inputs,
            );
        }
    };
    let lines = out.chunks_mut((PANEL / size_of::<R>() * inputs).max(1));
    let parts: Vec<_> = spans::<R>(width).zip(lines).collect();
    if split {
        parts.into_par_iter().for_each(fill);
    } else {
        parts.into_iter().for_each(fill);
    }
}

/// Block by block: each owns some columns.
fn by_columns<R: Real>(
    out: &mut [R],
    width: usize,
    block: usize,
    split: bool,
    sum: impl Fn(Span, usize, &mut [R]) + Sync,
) {
    let work = if split { usize::MAX } else { 0 };
    chunks_mut(out, block * width, work, |first, lines| {
        let mut part = Aligned::zeros(block * PANEL / size_of::<R>());
        for span in spans::<R>(width) {
            let part = &mut part[..lines.len() / width * span.stride];
            part.fill(R::ZERO);
            sum(span, first / width, part);
            for (line, sums) in lines.chunks_exact_mut(width).zip(part.chunks_exact(span.stride)) {
                line[span.first..][..span.columns].copy_from_slice(&sums[..span.columns]);
            }
        }
    });
}
