//! Weight gradients of spikes that repeat: inputs of the base meet the sum of a sample's postsynaptic rows once.

use super::Majority;
use crate::aligned::Aligned;
use crate::gather::{add_rows, subtract_rows};
use crate::order::{Lines, Put, fill, put};
use crate::panels::{Span, columns, with_stride};
use crate::parallel::splits;
use crate::{Events, Order, Real};
use multiversion::multiversion;
use rayon::prelude::*;

/// Postsynaptic rows of the samples that are summed together; their share of a panel stays in the cache.
const CHUNK: usize = 512;

/// The indices of some samples by input.
struct Turned {
    first: usize,
    samples: usize,
    base: Events,
    added: Events,
    missing: Events,
}

/// `out[o, c] = Σ post[r, o]` over the rows `r` in which column `c` holds a one, for `post [steps * batch, width]` whose row
/// `t * batch + b` is step `t` of sample `b`. All of `out [width, inputs]` is written.
///
/// # Panics
/// When the sizes do not fit.
pub fn weight_gradient_into<R: Real>(spikes: &Majority, post: &[R], width: usize, out: &mut [R]) {
    let inputs = spikes.base.cols;
    assert_eq!(
        post.len(),
        spikes.steps * spikes.batch * width,
        "postsynaptic side of a weight gradient"
    );
    assert_eq!(out.len(), width * inputs, "a weight gradient");
    if out.is_empty() || spikes.batch == 0 {
        out.fill(R::ZERO);
        return;
    }
    let split = splits(spikes.terms() * width);
    let samples = together(spikes);
    let firsts: Vec<usize> = (0..spikes.batch).step_by(samples).collect();
    let turn = |first: &usize| Turned::new(spikes, *first, samples.min(spikes.batch - first));
    let turned: Vec<Turned> = if split {
        firsts.par_iter().map(turn).collect()
    } else {
        firsts.iter().map(turn).collect()
    };
    fill(
        out,
        Order::Rows,
        [width, inputs],
        inputs,
        split,
        |span, _, mut lines| {
            with_stride!(span.stride, W => {
                let mut chunk = Chunk::<R, W>::default();
                for (k, part) in turned.iter().enumerate() {
                    chunk.take(post, width, span, spikes, part);
                    gather(&chunk, part, span, k > 0, &mut lines);
                }
            });
        },
    );
}

/// Samples that are summed together.
fn together(spikes: &Majority) -> usize {
    (CHUNK / spikes.steps.max(1)).max(1)
}

/// Bytes of the indices that [`weight_gradient_into`] makes.
pub fn turned_bytes(spikes: &Majority) -> usize {
    let chunks = spikes.batch.div_ceil(together(spikes));
    (3 * chunks * (spikes.base.cols + 1) + spikes.terms()) * size_of::<u32>()
}

impl Turned {
    fn new(spikes: &Majority, first: usize, samples: usize) -> Turned {
        let (row, rows) = (first * spikes.steps, samples * spikes.steps);
        Turned {
            first,
            samples,
            base: spikes.base.transpose_rows(first, samples),
            added: spikes.added.transpose_rows(row, rows),
            missing: spikes.missing.transpose_rows(row, rows),
        }
    }
}

/// Columns of the postsynaptic side of some samples.
#[derive(Default)]
struct Chunk<R, const W: usize> {
    /// Row `k * steps + t` is step `t` of sample `k`.
    rows: Aligned<R>,
    /// Their sums over the steps.
    totals: Aligned<R>,
}

impl<R: Real, const W: usize> Chunk<R, W> {
    /// Copies the columns of `span`.
    fn take(&mut self, post: &[R], width: usize, span: Span, spikes: &Majority, part: &Turned) {
        let (rows, _) = self
            .rows
            .resize(part.samples * spikes.steps * W)
            .as_chunks_mut::<W>();
        let (totals, _) = self.totals.resize(part.samples * W).as_chunks_mut::<W>();
        for (k, (rows, total)) in rows.chunks_exact_mut(spikes.steps).zip(totals).enumerate() {
            *total = [R::ZERO; W];
            for (t, row) in rows.iter_mut().enumerate() {
                let at = (t * spikes.batch + part.first + k) * width + span.first;
                *row = columns::<R, W>(&post[at..], span);
                total.iter_mut().zip(&*row).for_each(|(s, x)| *s += *x);
            }
        }
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn gather<R: Real, const W: usize>(
    chunk: &Chunk<R, W>,
    part: &Turned,
    span: Span,
    again: bool,
    lines: &mut Lines<'_, R>,
) {
    let ((rows, _), (totals, _)) = (chunk.rows.as_chunks::<W>(), chunk.totals.as_chunks::<W>());
    for (c, line) in lines.each().enumerate() {
        let mut sum = if again {
            columns::<R, W>(line, span)
        } else {
            [R::ZERO; W]
        };
        add_rows(&mut sum, part.base.row(c), totals);
        add_rows(&mut sum, part.added.row(c), rows);
        subtract_rows(&mut sum, part.missing.row(c), rows);
        put(&sum, line, span, Put::Set);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::repeating;
    use super::weight_gradient_into;
    use crate::{Majority, gradient};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_the_sum_over_all_spikes(
            steps in 4usize..30, batch in 1usize..60, cols in 1usize..90, width in 1usize..80, seed: u64,
        ) {
            let events = repeating(steps, batch, cols, seed);
            let Some(majority) = Majority::of(&events, batch) else { return Ok(()) };
            let post: Vec<f64> = (0..events.rows * width).map(|k| ((k * 37 % 101) as f64 - 50.0) / 17.0).collect();
            let mut found = vec![f64::NAN; width * cols];
            weight_gradient_into(&majority, &post, width, &mut found);
            let expected = gradient::weight_gradient(&events, &post, width);
            for (f, e) in found.iter().zip(&expected) {
                prop_assert!((f - e).abs() < 1e-10, "{f} {e}");
            }
        }
    }
}
