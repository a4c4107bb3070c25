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

/// Where sums of a panel's columns go, input by input.
pub(crate) struct Lines<'a, R> {
    values: &'a mut [R],
    /// Elements from one input to the next one.
    stride: usize,
}

/// What happens to sums.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Put<R> {
    /// They replace what is there.
    Set,
    /// They are added, times a factor.
    Add(R),
}

impl<'a, R: Real> Lines<'a, R> {
    /// Those of a panel of a table.
    pub(crate) fn of_panel(values: &'a mut [R], span: Span) -> Self {
        let stride = span.stride;
        Lines { values, stride }
    }

    /// The line of each input.
    #[inline(always)]
    pub(crate) fn each(&mut self) -> impl Iterator<Item = &mut [R]> {
        self.values.chunks_mut(self.stride)
    }
}

/// Writes the sums of the columns of `span`.
#[inline(always)]
pub(crate) fn put<R: Real, const W: usize>(sum: &[R; W], line: &mut [R], span: Span, how: Put<R>) {
    // A copy, so that the sums themselves stay in registers.
    let copy = *sum;
    match (how, line.first_chunk_mut::<W>()) {
        (Put::Set, Some(whole)) if span.columns == W => *whole = *sum,
        (Put::Set, _) => line[..span.columns].copy_from_slice(&copy[..span.columns]),
        (Put::Add(factor), Some(whole)) if span.columns == W => {
            for (t, s) in whole.iter_mut().zip(sum) {
                *t += factor * *s;
            }
        }
        (Put::Add(factor), _) => {
            for (t, s) in line[..span.columns].iter_mut().zip(&copy) {
                *t += factor * *s;
            }
        }
    }
}

/// Fills `out [width, inputs]` with sums: `sum(span, first, lines)` writes all columns of `span` of the inputs `first..`, as
/// many as there are lines and at most `block`. In parallel where `split`.
pub(crate) fn fill<R: Real>(
    out: &mut [R],
    order: Order,
    [width, inputs]: [usize; 2],
    block: usize,
    split: bool,
    sum: impl Fn(Span, usize, Lines<'_, R>) + Sync,
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
    sum: impl Fn(Span, usize, Lines<'_, R>) + Sync,
) {
    let fill = |(span, lines): (Span, &mut [R])| {
        let mut part = Aligned::zeros(block * span.stride);
        for first in (0..inputs).step_by(block) {
            let len = block.min(inputs - first);
            let part = &mut part[..len * span.stride];
            sum(span, first, Lines::of_panel(part, span));
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
    sum: impl Fn(Span, usize, Lines<'_, R>) + Sync,
) {
    let work = if split { usize::MAX } else { 0 };
    chunks_mut(out, block * width, work, |first, lines| {
        for span in spans::<R>(width) {
            let lines = Lines {
                values: &mut lines[span.first..],
                stride: width,
            };
            sum(span, first / width, lines);
        }
    });
}
