//! The forward product, alone or with the maximum pooling behind it.

use super::cost::{ConvCost, Way};
use super::lanes::Blocks;
use super::operands::Pool;
use super::pack::ByInput;
use super::segments::{Shape, scatter};
use super::spots::{Meets, Spots};
use super::{Conv, Input, by_position, dense, repeats};
use crate::Real;
use crate::aligned::Aligned;
use crate::parallel::splits;
use crate::pool::{Window, max_block};
use crate::transpose::transpose_into;
use rayon::prelude::*;
use std::ops::Range;

/// `[samples, outputs, positions]` for weights `[outputs, patch]` and `bias [outputs]`, which may be empty. The result takes
/// the memory that `buffer` gives for a length, whatever is in it.
///
/// # Panics
/// When the sizes do not fit.
pub fn forward<R: Real>(
    conv: &Conv,
    input: Input<'_, R>,
    weights: &[R],
    bias: &[R],
    cost: &ConvCost,
    buffer: impl FnOnce(usize) -> Vec<R>,
) -> Vec<R> {
    let way = choose(conv, &input, cost);
    run(way, conv, None, &input, weights, bias, buffer).0
}

/// [`forward`] in a given way.
///
/// # Panics
/// When the sizes do not fit.
pub fn forward_by<R: Real>(way: Way, conv: &Conv, input: Input<'_, R>, weights: &[R], bias: &[R]) -> Vec<R> {
    run(way, conv, None, &input, weights, bias, zeros).0
}

/// Maxima `[samples, outputs, pooled height, pooled width]` of [`forward`] and where in its window each lies, both equal
/// to those of [`pool::max`](crate::pool::max) in every bit; the maps in between are never stored. The maxima take the memory
/// that `buffer` gives for a length, whatever is in it. Without `places` these are left out.
///
/// # Panics
/// When the sizes do not fit.
#[allow(clippy::too_many_arguments, reason = "both operations' operands")]
pub fn forward_pooled<R: Real>(
    conv: &Conv,
    pool: Pool,
    places: bool,
    input: Input<'_, R>,
    weights: &[R],
    bias: &[R],
    cost: &ConvCost,
    buffer: impl FnOnce(usize) -> Vec<R>,
) -> (Vec<R>, Vec<u8>) {
    let way = choose(conv, &input, cost);
    let window = pool.window(conv);
    run(way, conv, Some((window, places)), &input, weights, bias, buffer)
}

/// [`forward_pooled`] in a given way.
///
/// # Panics
/// When the sizes do not fit.
pub fn forward_pooled_by<R: Real>(
    way: Way,
    conv: &Conv,
    pool: Pool,
    input: Input<'_, R>,
    weights: &[R],
    bias: &[R],
) -> (Vec<R>, Vec<u8>) {
    let window = pool.window(conv);
    run(way, conv, Some((window, true)), &input, weights, bias, zeros)
}

/// Bytes that a task of [`forward`] or [`forward_pooled`] takes about, beside the result: weights packed and maps of the
/// samples that are worked on together where zeros are left out, samples unfolded where they are not.
pub fn forward_bytes<R: Real>(conv: &Conv, input: &Input<'_, R>, cost: &ConvCost) -> usize {
    let samples = input.samples(conv);
    let elements = match choose(conv, input, cost) {
        Way::Dense => {
            let columns = dense::batch(conv, samples).min(samples) * conv.positions();
            conv.input() + (conv.patch() + conv.outputs) * columns
        }
        Way::Sums => by_position::elements::<R>(conv, samples),
        Way::Sparse | Way::Post => {
            let blocks = Blocks::new::<R>(conv.outputs, conv.positions());
            let (block, map) = (conv.patch() * blocks.lanes, conv.positions() * blocks.lanes);
            let maps = match input.repeats() {
                Some(_) => blocks.count + 1,
                None => Blocks::together(block * size_of::<R>(), map * size_of::<R>()).min(samples),
            };
            blocks.count * block + maps * map
        }
    };
    elements * size_of::<R>()
}

/// A new buffer.
pub(super) fn zeros<R: Real>(length: usize) -> Vec<R> {
    vec![R::ZERO; length]
}

fn choose<R: Real>(conv: &Conv, input: &Input<'_, R>, cost: &ConvCost) -> Way {
    let (samples, nonzero) = (input.samples(conv), input.nonzero());
    match input.repeats() {
        Some(_) => cost.forward_of_repeats(conv, samples, nonzero),
        None => cost.forward(conv, samples, nonzero, input.is_binary()),
    }
}

/// Samples `samples` of a result and their places, to be written.
pub(super) struct Part<'a, R> {
    pub(super) samples: Range<usize>,
    pub(super) out: &'a mut [R],
    pub(super) places: &'a mut [u8],
}

fn run<R: Real>(
    way: Way,
    conv: &Conv,
    pooling: Option<(Window, bool)>,
    input: &Input<'_, R>,
    weights: &[R],
    bias: &[R],
    buffer: impl FnOnce(usize) -> Vec<R>,
) -> (Vec<R>, Vec<u8>) {
    let window = pooling.map(|(window, _)| window);
    let samples = input.samples(conv);
    assert_eq!(weights.len(), conv.weights(), "weights of a convolution");
    assert!(
        bias.is_empty() || bias.len() == conv.outputs,
        "bias of a convolution"
    );
    let size = conv.outputs * window.map_or(conv.positions(), |w| w.output());
    let mut out = buffer(samples * size);
    assert_eq!(out.len(), samples * size, "buffer of a convolution");
    let wanted = pooling.is_some_and(|(_, places)| places);
    let mut places = vec![0; if wanted { out.len() } else { 0 }];
    let task = Task {
        conv,
        window,
        input,
        bias,
    };
    let work = samples * conv.work();
    if way == Way::Dense {
        let parts = parts(&mut out, &mut places, size, dense::batch(conv, samples));
        let alone = parts.len() == 1;
        each(parts, work, dense::Scratch::new, |scratch, part| {
            dense::forward(&task, weights, scratch, part, alone)
        });
    } else if way == Way::Sums {
        let plan = by_position::Plan::new(conv, weights);
        let parts = parts(&mut out, &mut places, size, plan.together(conv));
        let scratch = || by_position::Scratch::new(conv);
        each(parts, work, scratch, |scratch, part| {
            by_position::forward(&task, &plan, scratch, part)
        });
    } else {
        let form = ByInput::new::<R>(conv);
        let packed = form.pack(weights);
        let shape = Shape::new(conv, &form, input.is_binary());
        let map = shape.positions * shape.lanes * size_of::<R>();
        let together = Blocks::together(form.block() * size_of::<R>(), map);
        let meets = Meets::new(conv);
        if let Some(spikes) = input.repeats() {
            repeats::forward(&task, spikes, &form, &packed, &meets, size, &mut out, &mut places);
            return (out, places);
        }
        let parts = parts(&mut out, &mut places, size, together);
        each(
            parts,
            work,
            || Scratch::new(conv),
            |scratch, part| {
                sparse(&task, &form, &shape, &packed, &meets, scratch, part);
            },
        );
    }
    (out, places)
}

/// What all parts of a forward product share.
pub(super) struct Task<'a, R> {
    pub(super) conv: &'a Conv,
    pub(super) window: Option<Window>,
    pub(super) input: &'a Input<'a, R>,
    pub(super) bias: &'a [R],
}

/// Results of `size` elements each, `together` in one part.
fn parts<'a, R>(out: &'a mut [R], places: &'a mut [u8], size: usize, together: usize) -> Vec<Part<'a, R>> {
    let mut places = places.chunks_mut(size * together);
    out.chunks_mut(size * together)
        .enumerate()
        .map(|(index, out)| Part {
            samples: index * together..index * together + out.len() / size,
            out,
            places: places.next().unwrap_or_default(),
        })
        .collect()
}

fn each<'a, R: Real, S>(
    parts: Vec<Part<'a, R>>,
    work: usize,
    scratch: impl Fn() -> S + Sync + Send,
    body: impl Fn(&mut S, Part<'a, R>) + Sync + Send,
) {
    if splits(work) {
        parts.into_par_iter().for_each_init(scratch, body);
    } else {
        let mut scratch = scratch();
        parts.into_iter().for_each(|part| body(&mut scratch, part));
    }
}

struct Scratch<R> {
    spots: Spots<R>,
    maps: Aligned<R>,
    maxima: Maxima<R>,
}

impl<R: Real> Scratch<R> {
    fn new(conv: &Conv) -> Self {
        Scratch {
            spots: Spots::new(conv),
            maps: Aligned::zeros(0),
            maxima: Maxima::default(),
        }
    }
}

fn sparse<R: Real>(
    task: &Task<'_, R>,
    form: &ByInput,
    shape: &Shape,
    packed: &[R],
    meets: &Meets,
    scratch: &mut Scratch<R>,
    mut part: Part<'_, R>,
) {
    let Scratch { spots, maps, maxima } = scratch;
    let size = shape.positions * shape.lanes;
    spots.gather(meets, task.input, part.samples.clone());
    for (block, weights) in packed.chunks_exact(form.block()).enumerate() {
        maps.resize(part.samples.len() * size).fill(R::ZERO);
        scatter(shape, spots, weights, maps);
        task.deliver_all(maps, shape.lanes, form.blocks.of(block), &mut part, maxima);
    }
}

/// Buffers for the maxima of a block of maps.
#[derive(Debug)]
pub(super) struct Maxima<R> {
    best: Aligned<R>,
    at: Vec<u8>,
}

impl<R: Real> Default for Maxima<R> {
    fn default() -> Self {
        Maxima {
            best: Aligned::zeros(0),
            at: Vec::new(),
        }
    }
}

impl<R: Real> Task<'_, R> {
    /// From the maps of some outputs of all samples of `part`, one behind the other, to their results.
    pub(super) fn deliver_all(
        &self,
        maps: &mut [R],
        lanes: usize,
        outputs: Range<usize>,
        part: &mut Part<'_, R>,
        maxima: &mut Maxima<R>,
    ) {
        let result = part.out.len() / part.samples.len().max(1);
        let mut places = part.places.chunks_exact_mut(result);
        let outs = part.out.chunks_exact_mut(result);
        for (map, out) in maps.chunks_exact_mut(self.conv.positions() * lanes).zip(outs) {
            let (places, results) = (places.next().unwrap_or_default(), result / self.conv.outputs);
            self.deliver(map, lanes, outputs.clone(), results, out, places, maxima);
        }
    }

    /// From `map [positions, lanes]` of some outputs of a sample, without bias, to its `results` for each of them among those
    /// of the sample, `out [outputs, results]`.
    #[allow(clippy::too_many_arguments, reason = "a map, where it goes, and buffers")]
    pub(super) fn deliver(
        &self,
        map: &mut [R],
        lanes: usize,
        outputs: Range<usize>,
        results: usize,
        out: &mut [R],
        places: &mut [u8],
        maxima: &mut Maxima<R>,
    ) {
        if !self.bias.is_empty() {
            for row in map.chunks_exact_mut(lanes) {
                row.iter_mut()
                    .zip(&self.bias[outputs.clone()])
                    .for_each(|(x, b)| *x += *b);
            }
        }
        let own = outputs.start * results..outputs.end * results;
        let shape = [results, outputs.len()];
        let Some(window) = &self.window else {
            return transpose_into(map, lanes, shape, &mut out[own], results);
        };
        let Maxima { best, at } = maxima;
        best.resize(results * lanes);
        if places.is_empty() {
            max_block(window, map, lanes, best, None);
            return transpose_into(best, lanes, shape, &mut out[own], results);
        }
        at.resize(results * lanes, 0);
        max_block(window, map, lanes, best, Some(at));
        transpose_into(best, lanes, shape, &mut out[own.clone()], results);
        transpose_into(at, lanes, shape, &mut places[own], results);
    }
}
