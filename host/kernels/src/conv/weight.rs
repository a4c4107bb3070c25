//! Gradient with respect to the weights.

use super::cost::{ConvCost, Way};
use super::lanes::Blocks;
use super::pack::ByInput;
use super::segments::{Shape, gather};
use super::spots::{Meets, Spots};
use super::{Conv, Input, Post, dense, from_post, repeats};
use crate::Real;
use crate::aligned::Aligned;
use crate::parallel::splits;
use crate::transpose::transpose_into;
use rayon::prelude::*;
use std::ops::Range;

/// Gradient with respect to the weights `[outputs, patch]`, summed over the samples.
///
/// # Panics
/// When the sizes do not fit.
pub fn weight_grad<R: Real>(conv: &Conv, post: Post<'_, R>, input: Input<'_, R>, cost: &ConvCost) -> Vec<R> {
    // All elements of the gradient are taken as non-zero: few surrogates have zeros, and counting costs a pass.
    let [samples, elements] = [input.samples(conv), post.elements()];
    let way = cost.weight_grad(conv, samples, input.nonzero(), input.is_binary(), elements);
    weight_grad_by(way, conv, post, input)
}

/// [`weight_grad`] in a given way.
///
/// # Panics
/// When the sizes do not fit.
pub fn weight_grad_by<R: Real>(way: Way, conv: &Conv, post: Post<'_, R>, input: Input<'_, R>) -> Vec<R> {
    let samples = input.samples(conv);
    assert_eq!(
        post.samples(conv),
        samples,
        "samples of both sides of a convolution"
    );
    if way == Way::Dense {
        return summed(conv, [samples; 2], conv.weights(), |samples, sum| {
            dense::add_weight_grad(conv, &post, &input, samples, sum);
        });
    }
    if way == Way::Post {
        let plan = from_post::Plan::new(conv, &post);
        let sums = summed(conv, [samples; 2], plan.size(), |samples, sum| {
            from_post::add_gradient(&plan, &post, &input, samples, sum);
        });
        return plan.unpack(&sums);
    }
    let form = ByInput::new::<R>(conv);
    let meets = Meets::new(conv);
    let size = form.blocks.count * form.block();
    let packed = match input.repeats() {
        Some(spikes) => summed(conv, [spikes.batch, samples], size, |samples, sum| {
            repeats::add_gradient(conv, &form, &meets, &post, spikes, samples, sum);
        }),
        _ => summed(conv, [samples; 2], size, |samples, sum| {
            add_gradient(conv, &form, &meets, &post, &input, samples, sum);
        }),
    };
    form.unpack(&packed)
}

/// Bytes that a weight gradient of `samples` takes about while it is computed: a sum per group, and an input padded.
pub fn weight_grad_bytes<R: Real>(conv: &Conv, samples: usize) -> usize {
    // From the side of the gradient, channels may be filled up.
    let sums = conv
        .weights()
        .max(conv.outputs * conv.kernel[0] * from_post::lanes(conv));
    let input = conv.input() + (from_post::pixel::<R>(conv) - conv.channels) * conv.pixels();
    (groups(samples, sums) + 1) * sums * size_of::<R>() + input * (size_of::<u32>() + size_of::<R>())
}

/// Groups of samples that have a sum of `size` elements each: fixed by the shape, so that the order of additions is.
fn groups(samples: usize, size: usize) -> usize {
    // A large sum is worth its memory only for several samples.
    samples.div_ceil(16).min(if size <= 1 << 16 { 32 } else { 8 })
}

/// The sum over groups of samples, each of one or more `rows`, in their order; `add(samples, sum)` adds one group's.
fn summed<R: Real>(
    conv: &Conv,
    [samples, rows]: [usize; 2],
    size: usize,
    add: impl Fn(Range<usize>, &mut [R]) + Sync,
) -> Vec<R> {
    let groups = groups(rows, size).min(samples);
    let each = samples.div_ceil(groups.max(1)).max(1);
    let sum = |first: usize| {
        let mut part = vec![R::ZERO; size];
        add(first..samples.min(first + each), &mut part);
        part
    };
    let firsts: Vec<usize> = (0..samples).step_by(each).collect();
    let parts: Vec<Vec<R>> = if splits(rows * conv.work()) {
        firsts.into_par_iter().map(sum).collect()
    } else {
        firsts.into_iter().map(sum).collect()
    };
    let mut parts = parts.into_iter();
    let mut total = parts.next().unwrap_or_else(|| vec![R::ZERO; size]);
    for part in parts {
        total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
    }
    total
}

fn add_gradient<R: Real>(
    conv: &Conv,
    form: &ByInput,
    meets: &Meets,
    post: &Post<'_, R>,
    input: &Input<'_, R>,
    samples: Range<usize>,
    sum: &mut [R],
) {
    let shape = Shape::new(conv, form, input.is_binary());
    let size = conv.positions() * shape.lanes;
    let together = Blocks::together(size_of_val(&sum[..form.block()]), size * size_of::<R>());
    let mut spots = Spots::new(conv);
    let mut maps = Aligned::zeros(together * size);
    for first in samples.clone().step_by(together) {
        let some = first..samples.end.min(first + together);
        spots.gather(meets, input, some.clone());
        for (block, sum) in sum.chunks_exact_mut(form.block()).enumerate() {
            let maps = &mut maps[..some.len() * size];
            for (sample, map) in some.clone().zip(maps.chunks_exact_mut(size)) {
                fill_last(conv, post, sample, form.blocks.of(block), map, shape.lanes);
            }
            gather(&shape, &spots, maps, sum);
        }
    }
}

/// The gradient of some outputs of a sample as `map [positions, lanes]`.
pub(super) fn fill_last<R: Real>(
    conv: &Conv,
    post: &Post<'_, R>,
    sample: usize,
    outputs: Range<usize>,
    map: &mut [R],
    lanes: usize,
) {
    match post {
        Post::Map(values) => {
            let positions = conv.positions();
            let start = (sample * conv.outputs + outputs.start) * positions;
            let shape = [outputs.len(), positions];
            transpose_into(&values[start..], positions, shape, map, lanes);
        }
        Post::Pooled(_) => {
            map.fill(R::ZERO);
            let first = outputs.start;
            post.each(conv, sample, outputs, |output, position, value| {
                map[position * lanes + output - first] += value;
            });
        }
    }
}
