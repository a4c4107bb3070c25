//! Gradient with respect to the input.

use super::cost::{ConvCost, Way};
use super::pack::ByOutput;
use super::posts::Posts;
use super::segments::add_sum;
use super::span::{Axis, Span};
use super::{Conv, Post, dense};
use crate::Real;
use crate::aligned::Aligned;
use crate::parallel::splits;
use crate::transpose::transpose_into;
use multiversion::multiversion;
use rayon::prelude::*;

/// Gradient `[samples, channels, height, width]` with respect to the input, for weights `[outputs, patch]`. The result takes
/// the memory that `buffer` gives for a length, whatever is in it.
///
/// # Panics
/// When the sizes do not fit.
pub fn input_grad<R: Real>(
    conv: &Conv,
    post: Post<'_, R>,
    weights: &[R],
    cost: &ConvCost,
    buffer: impl FnOnce(usize) -> Vec<R>,
) -> Vec<R> {
    let way = cost.input_grad(conv, post.samples(conv), post.elements(), post.nonzero());
    let mut out = buffer(post.samples(conv) * conv.input());
    run(way, conv, &post, weights, &mut out);
    out
}

/// [`input_grad`] in a given way.
///
/// # Panics
/// When the sizes do not fit.
pub fn input_grad_by<R: Real>(way: Way, conv: &Conv, post: Post<'_, R>, weights: &[R]) -> Vec<R> {
    let mut out = vec![R::ZERO; post.samples(conv) * conv.input()];
    run(way, conv, &post, weights, &mut out);
    out
}

fn run<R: Real>(way: Way, conv: &Conv, post: &Post<'_, R>, weights: &[R], out: &mut [R]) {
    let samples = post.samples(conv);
    assert_eq!(out.len(), samples * conv.input(), "buffer of a convolution");
    if way == Way::Dense {
        return dense::input_grad(conv, post, weights, out);
    }
    let plan = Plan::new(conv, weights);
    let scratch = || Scratch::new(&plan);
    let one = |scratch: &mut Scratch<R>, (sample, out): (usize, &mut [R])| {
        sample_grad(&plan, post, sample, scratch, out);
    };
    let parts = conv.input();
    if splits(samples * conv.work()) {
        out.par_chunks_mut(parts).enumerate().for_each_init(scratch, one);
    } else {
        let mut scratch = scratch();
        out.chunks_mut(parts)
            .enumerate()
            .for_each(|part| one(&mut scratch, part));
    }
}

/// What all samples of an input gradient share.
pub(super) struct Plan<'a, R> {
    conv: &'a Conv,
    form: ByOutput,
    packed: Aligned<R>,
    rows: Vec<Span>,
    columns: Vec<Span>,
}

impl<'a, R: Real> Plan<'a, R> {
    pub(super) fn new(conv: &'a Conv, weights: &[R]) -> Self {
        let form = ByOutput::new::<R>(conv);
        let [rows, columns] = Axis::of(conv).map(|axis| axis.of_outputs());
        Plan {
            conv,
            packed: form.pack(conv, weights),
            form,
            rows,
            columns,
        }
    }
}

/// Buffers of one task.
pub(super) struct Scratch<R> {
    posts: Posts<R>,
    map: Aligned<R>,
}

impl<R: Real> Scratch<R> {
    pub(super) fn new(plan: &Plan<'_, R>) -> Self {
        Scratch {
            posts: Posts::new(plan.conv),
            map: Aligned::zeros(plan.conv.pixels() * plan.form.blocks.lanes),
        }
    }
}

/// Gradient of one sample.
pub(super) fn sample_grad<R: Real>(
    plan: &Plan<'_, R>,
    post: &Post<'_, R>,
    sample: usize,
    scratch: &mut Scratch<R>,
    out: &mut [R],
) {
    scratch.posts.gather(plan.conv, post, sample, plan.form.pitch);
    spread(plan, &scratch.posts, &mut scratch.map, out);
}

/// One sample: for every block of channels, kernel row by kernel row and position by position, the sum of the weights that
/// its terms select. The weights of one kernel row stay near.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn spread<R: Real>(plan: &Plan<'_, R>, posts: &Posts<R>, map: &mut [R], out: &mut [R]) {
    let (conv, form) = (plan.conv, &plan.form);
    let (lanes, size) = (form.blocks.lanes, conv.outputs * form.pitch);
    for index in 0..form.blocks.count {
        map.fill(R::ZERO);
        for tap in 0..conv.kernel[0] {
            let packed = &plan.packed[(index * conv.kernel[0] + tap) * size..];
            let mut position = 0;
            for row in &plan.rows {
                let own = tap.wrapping_sub(row.tap as usize);
                let start = (row.at as usize).wrapping_add(own).wrapping_mul(conv.width);
                for column in &plan.columns {
                    let terms = posts.of(position);
                    position += 1;
                    if terms.is_empty() || own >= row.len as usize {
                        continue;
                    }
                    let to = (start + column.at as usize) * lanes;
                    let target = &mut map[to..to + column.len as usize * lanes];
                    add_sum(target, &packed[column.tap as usize * lanes..], terms);
                }
            }
        }
        let channels = form.blocks.of(index);
        let maps = &mut out[channels.start * conv.pixels()..channels.end * conv.pixels()];
        transpose_into(map, lanes, [conv.pixels(), channels.len()], maps, conv.pixels());
    }
}
