//! The forward product with sums in registers, for every output position over the non-zero elements that it meets.
//!
//! Elements are listed column by column of the input, from top to bottom and then by channel, so that a position meets one
//! run of every column; weights lie in the same order.

use super::forward::{Maxima, Part, Task};
use super::lanes::Blocks;
use super::span::{Axis, Span};
use super::{Conv, Input};
use crate::Real;
use crate::aligned::Aligned;
use crate::marks::{Test, append_where};
use multiversion::multiversion;
use std::ops::Range;

/// What all samples share.
pub(super) struct Plan<R> {
    /// First outputs and lanes of the blocks of outputs.
    blocks: Vec<(usize, usize)>,
    /// Block after block `[kernel column, kernel row, channel, lane]`, where a lane is an output.
    weights: Aligned<R>,
    /// Rows and columns that the positions meet.
    rows: Vec<Span>,
    columns: Vec<Span>,
    /// Pixel and element, as [`Columns`] has them, of every place of an input.
    places: Vec<[u32; 2]>,
    /// Elements of a kernel column, `rows * channels`.
    column: usize,
    channels: usize,
}

impl<R: Real> Plan<R> {
    pub(super) fn new(conv: &Conv, weights: &[R]) -> Self {
        let blocks = blocks::<R>(conv);
        let [rows, columns] = Axis::of(conv).map(|axis| axis.of_outputs());
        let lanes: usize = blocks.iter().map(|(_, lanes)| lanes).sum();
        let mut packed = Aligned::zeros(conv.patch() * lanes);
        let mut rest = &mut packed[..];
        for (first, lanes) in &blocks {
            let (block, others) = rest.split_at_mut(conv.patch() * lanes);
            rest = others;
            for lane in 0..(*lanes).min(conv.outputs - first) {
                let own = &weights[(first + lane) * conv.patch()..][..conv.patch()];
                for (at, weight) in own.iter().enumerate() {
                    let (channel, tap) = (at / conv.area(), at % conv.area());
                    let (row, column) = (tap / conv.kernel[1], tap % conv.kernel[1]);
                    let place = (column * conv.kernel[0] + row) * conv.channels + channel;
                    block[place * lanes + lane] = *weight;
                }
            }
        }
        Plan {
            blocks,
            weights: packed,
            rows,
            columns,
            places: places(conv),
            column: conv.kernel[0] * conv.channels,
            channels: conv.channels,
        }
    }

    /// Where the weight of the element 0 lies, counted on from outside the kernel, for a position whose rows are `row` and
    /// whose input column `at` meets the kernel column `tap`.
    #[inline(always)]
    fn first(&self, row: &Span, at: u32, tap: u32) -> u32 {
        let (column, channels) = (self.column as u32, self.channels as u32);
        let rows = row.tap.wrapping_sub(row.at).wrapping_mul(channels);
        tap.wrapping_sub(at).wrapping_mul(column).wrapping_add(rows)
    }

    /// Samples that are worked on together.
    pub(super) fn together(&self, conv: &Conv) -> usize {
        together::<R>(conv, widest(&self.blocks))
    }
}

/// Elements that a task of [`forward`] takes about: packed weights, and maps of `samples` or of those worked on together.
pub(super) fn elements<R>(conv: &Conv, samples: usize) -> usize {
    let blocks = blocks::<R>(conv);
    let (lanes, widest) = (
        blocks.iter().map(|(_, lanes)| *lanes).sum::<usize>(),
        widest(&blocks),
    );
    let maps = together::<R>(conv, widest).min(samples);
    // Every element may be listed, with its value, and be a term of a row.
    let listed = 3 * conv.input() + 2 * most_terms(conv);
    conv.patch() * lanes + maps * (conv.positions() * widest + conv.pixels()) + listed
}

fn places(conv: &Conv) -> Vec<[u32; 2]> {
    let mut places = Vec::with_capacity(conv.input());
    for channel in 0..conv.channels {
        for row in 0..conv.height {
            places.extend((0..conv.width).map(|column| {
                let element = (column * conv.kernel[0] + row) * conv.channels + channel;
                [(column * conv.height + row) as u32, element as u32]
            }));
        }
    }
    places
}

fn together<R>(conv: &Conv, lanes: usize) -> usize {
    let bytes = lanes * size_of::<R>();
    Blocks::together(conv.kernel[0] * conv.channels * bytes, conv.positions() * bytes)
}

fn widest(blocks: &[(usize, usize)]) -> usize {
    blocks.iter().map(|(_, lanes)| *lanes).max().unwrap_or(1)
}

/// Blocks of outputs, as first output and lanes: as many as the registers hold and a near map allows, and what is left.
pub(super) fn blocks<R>(conv: &Conv) -> Vec<(usize, usize)> {
    let near = Blocks::new::<R>(conv.outputs, conv.positions()).lanes;
    let most = match near {
        33.. if size_of::<R>() == 4 => 64,
        17.. => 32,
        _ => 16,
    };
    let (mut blocks, mut first) = (Vec::new(), 0);
    while first < conv.outputs {
        let lanes = match conv.outputs - first {
            33.. => 64,
            17.. => 32,
            9.. => 16,
            _ => 8,
        };
        blocks.push((first, lanes.min(most)));
        first += lanes.min(most);
    }
    blocks
}

/// The non-zero elements of some samples, column by column.
pub(super) struct Columns<R> {
    /// Where those of every pixel begin, and end.
    starts: Vec<u32>,
    /// `(column * kernel rows + row) * channels + channel`: a step to the right or down is one among the weights.
    elements: Vec<u32>,
    /// Their values; empty when all are one.
    values: Vec<R>,
    /// Those of a dense sample.
    found: Vec<u32>,
    pixels: usize,
}

impl<R: Real> Columns<R> {
    pub(super) fn new(conv: &Conv) -> Self {
        Columns {
            starts: Vec::new(),
            elements: Vec::new(),
            values: Vec::new(),
            found: Vec::new(),
            pixels: conv.pixels(),
        }
    }

    /// Lists those of `samples`.
    pub(super) fn gather(
        &mut self,
        conv: &Conv,
        plan: &Plan<R>,
        input: &Input<'_, R>,
        samples: Range<usize>,
    ) {
        self.starts.clear();
        self.elements.clear();
        self.values.clear();
        for sample in samples {
            match input {
                Input::Events(events) | Input::Repeats(events, _) => self.sort(plan, events.row(sample), &[]),
                Input::Dense(values) => {
                    let values = &values[sample * conv.input()..][..conv.input()];
                    let mut found = std::mem::take(&mut self.found);
                    found.clear();
                    find(values, &mut found);
                    self.sort(plan, &found, values);
                    self.found = found;
                }
            }
        }
        // Some are read beyond the last.
        self.elements.resize(self.elements.len() + TERMS, 0);
        if !self.values.is_empty() {
            self.values.resize(self.elements.len(), R::ZERO);
        }
    }

    /// Appends what one sample holds at the places `found`, ascending, by pixel and then by channel: a counting sort. Without
    /// `values` these are ones.
    fn sort(&mut self, plan: &Plan<R>, found: &[u32], values: &[R]) {
        let (first, before) = (self.starts.len(), self.elements.len());
        self.starts.resize(first + self.pixels + 2, 0);
        let starts = &mut self.starts[first..];
        for at in found {
            starts[plan.places[*at as usize][0] as usize + 2] += 1;
        }
        let mut sum = before as u32;
        for start in &mut *starts {
            sum += *start;
            *start = sum;
        }
        self.elements.resize(before + found.len(), 0);
        if !values.is_empty() {
            self.values.resize(before + found.len(), R::ZERO);
        }
        for at in found {
            let [pixel, element] = plan.places[*at as usize];
            let next = &mut starts[pixel as usize + 1];
            self.elements[*next as usize] = element;
            if let Some(value) = values.get(*at as usize) {
                self.values[*next as usize] = *value;
            }
            *next += 1;
        }
    }

    /// Where the elements of every pixel of a sample begin, and end.
    #[inline(always)]
    fn starts_of(&self, sample: usize) -> &[u32] {
        let each = self.pixels + 2;
        &self.starts[sample * each..][..each - 1]
    }
}

/// Lists the places of what is not zero.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn find<R: Real>(values: &[R], found: &mut Vec<u32>) {
    append_where(values, Test::Not(R::ZERO), found);
}

/// Buffers of one task.
pub(super) struct Scratch<R> {
    listed: Columns<R>,
    terms: Terms<R>,
    maps: Aligned<R>,
    maxima: Maxima<R>,
}

impl<R: Real> Scratch<R> {
    pub(super) fn new(conv: &Conv) -> Self {
        Scratch {
            listed: Columns::new(conv),
            terms: Terms::new(conv),
            maps: Aligned::zeros(0),
            maxima: Maxima::default(),
        }
    }
}

/// The results of some samples.
pub(super) fn forward<R: Real>(
    task: &Task<'_, R>,
    plan: &Plan<R>,
    scratch: &mut Scratch<R>,
    mut part: Part<'_, R>,
) {
    let conv = task.conv;
    let Scratch {
        listed,
        terms,
        maps,
        maxima,
    } = scratch;
    listed.gather(conv, plan, task.input, part.samples.clone());
    for (first, lanes) in &plan.blocks {
        let size = conv.positions() * lanes;
        let maps = maps.resize(part.samples.len() * size);
        sum(conv, plan, listed, terms, [*first, *lanes], maps);
        let outputs = *first..conv.outputs.min(first + lanes);
        task.deliver_all(maps, *lanes, outputs, &mut part, maxima);
    }
}

/// Writes the maps `[positions, lanes]` of one block for all samples that are listed.
pub(super) fn sum<R: Real>(
    conv: &Conv,
    plan: &Plan<R>,
    listed: &Columns<R>,
    terms: &mut Terms<R>,
    [first, lanes]: [usize; 2],
    maps: &mut [R],
) {
    // All blocks before it are whole ones.
    let weights = &plan.weights[first * conv.patch()..][..lanes * conv.patch()];
    match lanes {
        64 => sum_of::<R, 64>(conv, plan, listed, terms, weights, maps),
        32 => sum_of::<R, 32>(conv, plan, listed, terms, weights, maps),
        16 => sum_of::<R, 16>(conv, plan, listed, terms, weights, maps),
        _ => sum_of::<R, 8>(conv, plan, listed, terms, weights, maps),
    }
}

fn sum_of<R: Real, const N: usize>(
    conv: &Conv,
    plan: &Plan<R>,
    listed: &Columns<R>,
    terms: &mut Terms<R>,
    weights: &[R],
    maps: &mut [R],
) {
    let near = size_of_val(weights) <= NEAR;
    match (near, listed.values.is_empty()) {
        (true, true) => sum_near::<R, true, N>(conv, plan, listed, terms, weights, maps),
        (true, false) => sum_near::<R, false, N>(conv, plan, listed, terms, weights, maps),
        (false, true) => sum_in::<R, true, N>(conv, plan, listed, weights, maps),
        (false, false) => sum_in::<R, false, N>(conv, plan, listed, weights, maps),
    }
}

/// Bytes of weights that are near enough to be met in any order.
const NEAR: usize = 48 << 10;
/// Terms that are copied at once.
const TERMS: usize = 16;

/// Row by row, with all terms of a position in one run, and two positions side by side, whose additions do not wait for each
/// other.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn sum_near<R: Real, const BINARY: bool, const N: usize>(
    conv: &Conv,
    plan: &Plan<R>,
    listed: &Columns<R>,
    terms: &mut Terms<R>,
    weights: &[R],
    maps: &mut [R],
) {
    let (weights, _) = weights.as_chunks::<N>();
    let (maps, _) = maps.as_chunks_mut::<N>();
    for (sample, map) in maps.chunks_exact_mut(conv.positions()).enumerate() {
        for (row, map) in plan.rows.iter().zip(map.chunks_exact_mut(plan.columns.len())) {
            terms.gather::<BINARY>(conv, listed, sample, row);
            for (columns, targets) in plan.columns.chunks(2).zip(map.chunks_mut(2)) {
                let mut sums = [[R::ZERO; N]; 2];
                let [one, other] = [columns.first(), columns.get(1)].map(|column| match column {
                    Some(column) => terms.of(plan, row, column),
                    None => Run::default(),
                });
                let both = one.elements.len().min(other.elements.len());
                for k in 0..both {
                    one.add::<BINARY, N>(k, weights, &mut sums[0]);
                    other.add::<BINARY, N>(k, weights, &mut sums[1]);
                }
                for k in both..one.elements.len() {
                    one.add::<BINARY, N>(k, weights, &mut sums[0]);
                }
                for k in both..other.elements.len() {
                    other.add::<BINARY, N>(k, weights, &mut sums[1]);
                }
                targets.copy_from_slice(&sums[..targets.len()]);
            }
        }
    }
}

/// What the positions of one row meet, column by column of the input.
pub(super) struct Terms<R> {
    starts: Vec<u32>,
    elements: Vec<u32>,
    values: Vec<R>,
}

/// Those that one position meets.
struct Run<'a, R> {
    elements: &'a [u32],
    values: &'a [R],
    /// Place of the weight of the element 0.
    first: u32,
}

impl<R> Default for Run<'_, R> {
    fn default() -> Self {
        Run {
            elements: &[],
            values: &[],
            first: 0,
        }
    }
}

impl<R: Real> Run<'_, R> {
    #[inline(always)]
    fn add<const BINARY: bool, const N: usize>(&self, k: usize, weights: &[[R; N]], sum: &mut [R; N]) {
        let weights = &weights[self.first.wrapping_add(self.elements[k]) as usize];
        for (s, w) in sum.iter_mut().zip(weights) {
            *s += if BINARY { *w } else { self.values[k] * *w };
        }
    }
}

/// Elements that they may be, and are copied beyond those.
fn most_terms(conv: &Conv) -> usize {
    conv.kernel[0] * conv.width * conv.channels + TERMS
}

impl<R: Real> Terms<R> {
    pub(super) fn new(conv: &Conv) -> Self {
        let most = most_terms(conv);
        Terms {
            starts: vec![0; conv.width + 1],
            elements: vec![0; most],
            values: vec![R::ZERO; most],
        }
    }

    /// Copies some at once: how many a column has cannot be predicted.
    #[inline(always)]
    fn gather<const BINARY: bool>(&mut self, conv: &Conv, listed: &Columns<R>, sample: usize, row: &Span) {
        let starts = listed.starts_of(sample);
        let mut count = 0;
        for (column, start) in self.starts[1..].iter_mut().enumerate() {
            let from = column * conv.height + row.at as usize;
            let run = starts[from] as usize..starts[from + row.len as usize] as usize;
            for at in run.clone().step_by(TERMS) {
                let to = count + at - run.start;
                copy(&listed.elements[at..], &mut self.elements[to..]);
                if !BINARY {
                    copy(&listed.values[at..], &mut self.values[to..]);
                }
            }
            count += run.len();
            *start = count as u32;
        }
    }

    #[inline(always)]
    fn of(&self, plan: &Plan<R>, row: &Span, column: &Span) -> Run<'_, R> {
        let run =
            self.starts[column.at as usize] as usize..self.starts[(column.at + column.len) as usize] as usize;
        Run {
            elements: &self.elements[run.clone()],
            values: &self.values[run],
            first: plan.first(row, column.at, column.tap),
        }
    }
}

#[inline(always)]
fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<TERMS>(), from.first_chunk()) {
        *to = *from;
    }
}

/// One kernel column after the other, whose weights are near at a time.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn sum_in<R: Real, const BINARY: bool, const N: usize>(
    conv: &Conv,
    plan: &Plan<R>,
    listed: &Columns<R>,
    weights: &[R],
    maps: &mut [R],
) {
    let (weights, _) = weights.as_chunks::<N>();
    let (maps, _) = maps.as_chunks_mut::<N>();
    for (tap, weights) in weights.chunks_exact(plan.column).enumerate() {
        for (sample, map) in maps.chunks_exact_mut(conv.positions()).enumerate() {
            let starts = listed.starts_of(sample);
            let mut positions = map.iter_mut();
            for row in &plan.rows {
                for (column, target) in plan.columns.iter().zip(&mut positions) {
                    let own = tap.wrapping_sub(column.tap as usize);
                    let at = column.at.wrapping_add(own as u32);
                    let run = if own < column.len as usize {
                        let from = at as usize * conv.height + row.at as usize;
                        starts[from] as usize..starts[from + row.len as usize] as usize
                    } else {
                        0..0
                    };
                    let mut sum = if tap == 0 { [R::ZERO; N] } else { *target };
                    let run = Run {
                        elements: &listed.elements[run.clone()],
                        values: if BINARY { &[] } else { &listed.values[run] },
                        first: plan.first(row, at, 0),
                    };
                    for k in 0..run.elements.len() {
                        run.add::<BINARY, N>(k, weights, &mut sum);
                    }
                    *target = sum;
                }
            }
        }
    }
}
