//! The dense way: patches of several samples unfolded into one matrix product.

use super::forward::{Part, Task};
use super::unfold::{fold, unfold};
use super::{Conv, Input, Post};
use crate::Real;
use crate::dense::{Matrix, product, product_here};
use crate::parallel::splits;
use crate::pool::max_map;
use rayon::prelude::*;
use std::ops::Range;

/// Elements of an unfolded matrix that stay in the second-level cache or near it.
const UNFOLDED: usize = 1 << 17;

/// Samples of one matrix product: wide enough for the product, near enough for what is around it.
pub(super) fn batch(conv: &Conv, samples: usize) -> usize {
    let columns = (UNFOLDED / conv.patch().max(1)).clamp(256, 2048);
    // Parts enough for many threads; fixed by the shape.
    (columns / conv.positions().max(1)).clamp(1, samples.div_ceil(32).max(1))
}

/// Buffers of one task.
pub(super) struct Scratch<R> {
    sample: Vec<R>,
    unfolded: Vec<R>,
    result: Vec<R>,
}

impl<R: Real> Scratch<R> {
    pub(super) fn new() -> Self {
        Scratch {
            sample: Vec::new(),
            unfolded: Vec::new(),
            result: Vec::new(),
        }
    }
}

fn multiply<R: Real>(left: Matrix<'_, R>, right: Matrix<'_, R>, out: &mut [R], alone: bool) {
    if alone {
        product(left, right, out, false);
    } else {
        product_here(left, right, out, false);
    }
}

/// One part of a forward product; `alone` when it is the only one.
pub(super) fn forward<R: Real>(
    task: &Task<'_, R>,
    weights: &[R],
    scratch: &mut Scratch<R>,
    part: Part<'_, R>,
    alone: bool,
) {
    let conv = task.conv;
    let (positions, samples) = (conv.positions(), part.samples.len());
    let columns = samples * positions;
    let Scratch {
        sample: one,
        unfolded,
        result,
    } = scratch;
    one.resize(conv.input(), R::ZERO);
    unfolded.resize(conv.patch() * columns, R::ZERO);
    for (index, sample) in part.samples.clone().enumerate() {
        let sample = task.input.sample(sample, conv.input(), one);
        unfold(conv, sample, unfolded, columns, index * positions);
    }
    let weights = Matrix::new(weights, conv.outputs, conv.patch());
    let unfolded = Matrix::new(unfolded, conv.patch(), columns);
    if samples == 1 && task.window.is_none() && task.bias.is_empty() {
        return multiply(weights, unfolded, part.out, alone);
    }
    result.resize(conv.outputs * columns, R::ZERO);
    multiply(weights, unfolded, result, alone);
    for (row, bias) in result.chunks_exact_mut(columns).zip(task.bias) {
        row.iter_mut().for_each(|x| *x += *bias);
    }
    let size = part.out.len() / (samples * conv.outputs).max(1);
    let mut unwanted = vec![0; size];
    for (index, out) in part.out.chunks_exact_mut(size).enumerate() {
        let start = index % conv.outputs * columns + index / conv.outputs * positions;
        let map = &result[start..start + positions];
        match &task.window {
            None => out.copy_from_slice(map),
            Some(window) => {
                let places = part.places.get_mut(index * size..(index + 1) * size);
                max_map(window, map, out, places.unwrap_or(&mut unwanted));
            }
        }
    }
}

/// Gradient with respect to the input.
pub(super) fn input_grad<R: Real>(conv: &Conv, post: &Post<'_, R>, weights: &[R], out: &mut [R]) {
    let weights = Matrix::new(weights, conv.outputs, conv.patch()).t();
    let samples = post.samples(conv);
    let (positions, batch) = (conv.positions(), batch(conv, samples));
    let alone = samples <= batch;
    let one = |scratch: &mut Scratch<R>, (part, out): (usize, &mut [R])| {
        let samples = out.len() / conv.input();
        let columns = samples * positions;
        let Scratch {
            sample: one,
            unfolded,
            result,
        } = scratch;
        one.resize(conv.output(), R::ZERO);
        unfolded.resize(conv.patch() * columns, R::ZERO);
        let post = collect(conv, post, part * batch..part * batch + samples, one, result);
        let post = Matrix::new(post, conv.outputs, columns);
        multiply(weights, post, unfolded, alone);
        out.fill(R::ZERO);
        for (index, out) in out.chunks_exact_mut(conv.input()).enumerate() {
            fold(conv, unfolded, columns, index * positions, out);
        }
    };
    let parts = batch * conv.input();
    if splits(samples * conv.work()) {
        out.par_chunks_mut(parts)
            .enumerate()
            .for_each_init(Scratch::new, one);
    } else {
        let mut scratch = Scratch::new();
        out.chunks_mut(parts)
            .enumerate()
            .for_each(|part| one(&mut scratch, part));
    }
}

/// Adds the weight gradient of some samples to `sum [outputs, patch]`.
pub(super) fn add_weight_grad<R: Real>(
    conv: &Conv,
    post: &Post<'_, R>,
    input: &Input<'_, R>,
    samples: Range<usize>,
    sum: &mut [R],
) {
    let positions = conv.positions();
    let Scratch {
        sample: mut one,
        mut unfolded,
        mut result,
    } = Scratch::new();
    one.resize(conv.input().max(conv.output()), R::ZERO);
    for first in samples.clone().step_by(batch(conv, usize::MAX / 2)) {
        let some = first..samples.end.min(first + batch(conv, usize::MAX / 2));
        let columns = some.len() * positions;
        unfolded.resize(conv.patch() * columns, R::ZERO);
        for (index, sample) in some.clone().enumerate() {
            let sample = input.sample(sample, conv.input(), &mut one[..conv.input()]);
            unfold(conv, sample, &mut unfolded, columns, index * positions);
        }
        let post = collect(conv, post, some, &mut one[..conv.output()], &mut result);
        product_here(
            Matrix::new(post, conv.outputs, columns),
            Matrix::new(&unfolded, conv.patch(), columns).t(),
            sum,
            true,
        );
    }
}

/// The gradients of some samples side by side, `[outputs, samples * positions]`.
fn collect<'s, R: Real>(
    conv: &Conv,
    post: &'s Post<'_, R>,
    samples: Range<usize>,
    one: &'s mut [R],
    all: &'s mut Vec<R>,
) -> &'s [R] {
    let positions = conv.positions();
    let columns = samples.len() * positions;
    if samples.len() == 1 {
        return post.sample(conv, samples.start, one);
    }
    all.resize(conv.outputs * columns, R::ZERO);
    for (index, sample) in samples.enumerate() {
        let maps = post.sample(conv, sample, one);
        for (row, map) in all.chunks_exact_mut(columns).zip(maps.chunks_exact(positions)) {
            row[index * positions..][..positions].copy_from_slice(map);
        }
    }
    all
}
