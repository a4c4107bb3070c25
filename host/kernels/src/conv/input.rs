//! Gradient with respect to the input.

use super::cost::{ConvCost, Way};
use super::pack::ByOutput;
use super::posts::Posts;
use super::segments::{WIDE, add_sums};
use super::span::{Axis, Span};
use super::{Conv, Post, dense};
use crate::Real;
use crate::aligned::Aligned;
use crate::parallel::splits;
use crate::transpose::transpose_into;
use multiversion::multiversion;
use multiversion::target::target_cfg_f;
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

/// One sample: for every block of channels and position by position, the sums of the weights that its terms select, of as
/// many kernel rows at a time as the registers hold.
///
/// Rows go from the last to the first: so every element adds up what it gets position by position, whatever number of rows
/// there is at a time.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn spread<R: Real>(plan: &Plan<'_, R>, posts: &Posts<R>, map: &mut [R], out: &mut [R]) {
    let (conv, form) = (plan.conv, &plan.form);
    let lanes = form.blocks.lanes;
    let registers = match target_cfg_f!(target_feature = "avx512f") {
        true => 20 * 64,
        false => 10 * 32,
    };
    let most = registers / (conv.kernel[1] * lanes * size_of::<R>()).min(WIDE);
    for index in 0..form.blocks.count {
        map.fill(R::ZERO);
        let packed = &plan.packed[index * conv.kernel[0] * conv.outputs * form.pitch..];
        let mut end = conv.kernel[0];
        while end > 0 {
            end -= match end.min(most) {
                5.. => spread_rows::<R, 5>(plan, posts, packed, end, map),
                3.. => spread_rows::<R, 3>(plan, posts, packed, end, map),
                _ => spread_rows::<R, 1>(plan, posts, packed, end, map),
            };
        }
        let channels = form.blocks.of(index);
        let maps = &mut out[channels.start * conv.pixels()..channels.end * conv.pixels()];
        transpose_into(map, lanes, [conv.pixels(), channels.len()], maps, conv.pixels());
    }
}

/// What the `ROWS` kernel rows before `end` add to a map; their number.
#[inline(always)]
fn spread_rows<R: Real, const ROWS: usize>(
    plan: &Plan<'_, R>,
    posts: &Posts<R>,
    packed: &[R],
    end: usize,
    map: &mut [R],
) -> usize {
    let (conv, form) = (plan.conv, &plan.form);
    let (lanes, size, first) = (form.blocks.lanes, conv.outputs * form.pitch, end - ROWS);
    let packed = &packed[first * size..];
    let line = conv.width * lanes;
    let mut position = 0;
    for row in &plan.rows {
        let taps = row.tap as usize..(row.tap + row.len) as usize;
        let start = (row.at as usize).wrapping_add(first).wrapping_sub(taps.start);
        for column in &plan.columns {
            let terms = posts.of(position);
            position += 1;
            if terms.is_empty() {
                continue;
            }
            let (to, from) = (column.at as usize * lanes, column.tap as usize * lanes);
            let width = column.len as usize * lanes;
            if taps.start <= first && end <= taps.end {
                let map = &mut map[start * line + to..];
                add_sums::<R, ROWS>(map, [line, width], &packed[from..], size, terms);
                continue;
            }
            for k in (0..ROWS).filter(|k| taps.contains(&(first + k))) {
                let map = &mut map[start.wrapping_add(k) * line + to..];
                add_sums::<R, 1>(map, [line, width], &packed[k * size + from..], size, terms);
            }
        }
    }
    ROWS
}

#[cfg(test)]
mod tests {
    use super::{Plan, Scratch, spread_rows};
    use crate::conv::{Conv, Post};

    #[test]
    fn the_order_of_additions_is_that_of_single_rows() {
        for (rows, stride, padding) in [(3, 1, 0), (5, 1, 2), (7, 2, 3), (6, 1, 1)] {
            let conv = Conv {
                channels: 5,
                height: 9,
                width: 8,
                outputs: 6,
                kernel: [rows, 3],
                stride: [stride, 1],
                padding: [padding, 1],
            };
            let value = |k: usize| ((k * 37 % 101) as f32).sin();
            let weights: Vec<f32> = (0..conv.weights()).map(value).collect();
            let gradient: Vec<f32> = (0..conv.output()).map(|k| value(k + 50)).collect();
            let plan = Plan::new(&conv, &weights);
            let mut scratch = Scratch::new(&plan);
            let post = Post::Map(&gradient);
            scratch.posts.gather(&conv, &post, 0, plan.form.pitch);
            let maps = [1, 3, 5].map(|most| {
                let (posts, mut end) = (&scratch.posts, rows);
                let mut map = vec![0.0; scratch.map.len()];
                while end > 0 {
                    end -= match end.min(most) {
                        5.. => spread_rows::<f32, 5>(&plan, posts, &plan.packed, end, &mut map),
                        3.. => spread_rows::<f32, 3>(&plan, posts, &plan.packed, end, &mut map),
                        _ => spread_rows::<f32, 1>(&plan, posts, &plan.packed, end, &mut map),
                    };
                }
                map.into_iter().map(f32::to_bits).collect::<Vec<_>>()
            });
            assert_eq!(maps[0], maps[1], "{conv:?}");
            assert_eq!(maps[0], maps[2], "{conv:?}");
        }
    }
}
