//! The forward product with sums in registers: for every output position and kernel row, over the non-zero elements that it
//! meets.
//!
//! Elements are listed line by line of the input, from left to right and then by channel, so that a position meets one run
//! of every line; weights lie in the same order.

use super::forward::{Maxima, Part, Task};
use super::lanes::Blocks;
use super::span::{Axis, Span};
use super::{Conv, Input};
use crate::Real;
use crate::aligned::Aligned;
use multiversion::multiversion;
use std::ops::Range;

/// What all samples share.
pub(super) struct Plan<R> {
    /// First outputs and lanes of the blocks of outputs.
    blocks: Vec<(usize, usize)>,
    /// Block after block `[kernel row, tap, channel, lane]`, where a lane is an output.
    weights: Aligned<R>,
    /// Lines and columns that the positions meet.
    rows: Vec<Span>,
    columns: Vec<Span>,
    /// Elements of a kernel row, `taps * channels`.
    row: usize,
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
                    block[(tap * conv.channels + channel) * lanes + lane] = *weight;
                }
            }
        }
        Plan {
            blocks,
            weights: packed,
            rows,
            columns,
            row: conv.kernel[1] * conv.channels,
            channels: conv.channels,
        }
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
    conv.patch() * lanes + maps * (conv.positions() * widest + conv.pixels())
}

fn together<R>(conv: &Conv, lanes: usize) -> usize {
    let bytes = lanes * size_of::<R>();
    Blocks::together(conv.kernel[1] * conv.channels * bytes, conv.positions() * bytes)
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

/// The non-zero elements of some samples, line by line.
pub(super) struct Lines<R> {
    /// Where those of every pixel begin, and end.
    starts: Vec<u32>,
    /// `column * channels + channel`.
    elements: Vec<u32>,
    /// Their values; empty when all are one.
    values: Vec<R>,
    /// Those of one sample as they come: pixel and element.
    found: Vec<(u32, u32)>,
    found_values: Vec<R>,
    /// `column * channels` of every pixel.
    columns: Vec<u32>,
}

impl<R: Real> Lines<R> {
    pub(super) fn new(conv: &Conv) -> Self {
        Lines {
            starts: Vec::new(),
            elements: Vec::new(),
            values: Vec::new(),
            found: Vec::new(),
            found_values: Vec::new(),
            columns: (0..conv.pixels())
                .map(|pixel| (pixel % conv.width * conv.channels) as u32)
                .collect(),
        }
    }

    /// Lists those of `samples`.
    pub(super) fn gather(&mut self, conv: &Conv, input: &Input<'_, R>, samples: Range<usize>) {
        self.starts.clear();
        self.elements.clear();
        self.values.clear();
        for sample in samples {
            self.found.clear();
            self.found_values.clear();
            for channel in 0..conv.channels {
                self.find(conv, input, sample, channel);
            }
            self.sort();
        }
    }

    /// Appends the elements of one channel.
    fn find(&mut self, conv: &Conv, input: &Input<'_, R>, sample: usize, channel: usize) {
        let (pixels, first) = (conv.pixels(), channel * conv.pixels());
        match input {
            Input::Events(events) | Input::Repeats(events, _) => {
                let row = events.row(sample);
                // Channels come one after the other.
                let rest = &row[self.found.len()..];
                let own = rest.iter().take_while(|at| (**at as usize) < first + pixels);
                let columns = &self.columns;
                self.found.extend(own.map(|at| {
                    let pixel = at - first as u32;
                    (pixel, columns[pixel as usize] + channel as u32)
                }));
            }
            Input::Dense(values) => {
                let map = &values[sample * conv.input() + first..][..pixels];
                for (pixel, (value, column)) in map.iter().zip(&self.columns).enumerate() {
                    if *value != R::ZERO {
                        self.found.push((pixel as u32, column + channel as u32));
                        self.found_values.push(*value);
                    }
                }
            }
        }
    }

    /// A stable counting sort by pixel.
    fn sort(&mut self) {
        let (first, before) = (self.starts.len(), self.elements.len());
        self.starts.resize(first + self.columns.len() + 2, 0);
        let starts = &mut self.starts[first..];
        for (pixel, _) in &self.found {
            starts[*pixel as usize + 2] += 1;
        }
        let mut sum = before as u32;
        for start in &mut *starts {
            sum += *start;
            *start = sum;
        }
        self.elements.resize(before + self.found.len(), 0);
        // Of spikes there are none.
        self.values
            .resize(self.values.len() + self.found_values.len(), R::ZERO);
        for (k, (pixel, element)) in self.found.iter().enumerate() {
            let next = &mut starts[*pixel as usize + 1];
            self.elements[*next as usize] = *element;
            if let Some(value) = self.found_values.get(k) {
                self.values[*next as usize] = *value;
            }
            *next += 1;
        }
    }

    /// Where the elements of every pixel of a sample begin, and end.
    #[inline(always)]
    fn starts_of(&self, sample: usize) -> &[u32] {
        let each = self.columns.len() + 2;
        &self.starts[sample * each..][..each - 1]
    }
}

/// Buffers of one task.
pub(super) struct Scratch<R> {
    lines: Lines<R>,
    maps: Aligned<R>,
    maxima: Maxima<R>,
}

impl<R: Real> Scratch<R> {
    pub(super) fn new(conv: &Conv) -> Self {
        Scratch {
            lines: Lines::new(conv),
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
    let Scratch { lines, maps, maxima } = scratch;
    lines.gather(conv, task.input, part.samples.clone());
    for (first, lanes) in &plan.blocks {
        let size = conv.positions() * lanes;
        let maps = maps.resize(part.samples.len() * size);
        sum(conv, plan, lines, [*first, *lanes], maps);
        let outputs = *first..conv.outputs.min(first + lanes);
        task.deliver_all(maps, *lanes, outputs, &mut part, maxima);
    }
}

/// Writes the maps `[positions, lanes]` of one block for all samples that are listed.
pub(super) fn sum<R: Real>(
    conv: &Conv,
    plan: &Plan<R>,
    lines: &Lines<R>,
    [first, lanes]: [usize; 2],
    maps: &mut [R],
) {
    // All blocks before it are whole ones.
    let weights = &plan.weights[first * conv.patch()..][..lanes * conv.patch()];
    match (lanes, lines.values.is_empty()) {
        (64, true) => sum_in::<R, true, 64>(conv, plan, lines, weights, maps),
        (64, false) => sum_in::<R, false, 64>(conv, plan, lines, weights, maps),
        (32, true) => sum_in::<R, true, 32>(conv, plan, lines, weights, maps),
        (32, false) => sum_in::<R, false, 32>(conv, plan, lines, weights, maps),
        (16, true) => sum_in::<R, true, 16>(conv, plan, lines, weights, maps),
        (16, false) => sum_in::<R, false, 16>(conv, plan, lines, weights, maps),
        (_, true) => sum_in::<R, true, 8>(conv, plan, lines, weights, maps),
        (_, false) => sum_in::<R, false, 8>(conv, plan, lines, weights, maps),
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn sum_in<R: Real, const BINARY: bool, const N: usize>(
    conv: &Conv,
    plan: &Plan<R>,
    lines: &Lines<R>,
    weights: &[R],
    maps: &mut [R],
) {
    let (weights, _) = weights.as_chunks::<N>();
    let (maps, _) = maps.as_chunks_mut::<N>();
    for (tap, weights) in weights.chunks_exact(plan.row).enumerate() {
        for (sample, map) in maps.chunks_exact_mut(conv.positions()).enumerate() {
            let starts = lines.starts_of(sample);
            let mut positions = map.iter_mut();
            for row in &plan.rows {
                let own = tap.wrapping_sub(row.tap as usize);
                let line = (row.at as usize).wrapping_add(own).wrapping_mul(conv.width);
                for (column, target) in plan.columns.iter().zip(&mut positions) {
                    let run = if own < row.len as usize {
                        let from = line + column.at as usize;
                        starts[from] as usize..starts[from + column.len as usize] as usize
                    } else {
                        0..0
                    };
                    let mut sum = if tap == 0 { [R::ZERO; N] } else { *target };
                    // The first element of the run meets the tap `column.tap`.
                    let shift = (column.at as usize * plan.channels)
                        .wrapping_sub(column.tap as usize * plan.channels);
                    for (k, element) in lines.elements[run.clone()].iter().enumerate() {
                        let terms = &weights[(*element as usize).wrapping_sub(shift)];
                        let value = if BINARY {
                            R::ONE
                        } else {
                            lines.values[run.start + k]
                        };
                        for (s, w) in sum.iter_mut().zip(terms) {
                            *s += if BINARY { *w } else { value * *w };
                        }
                    }
                    *target = sum;
                }
            }
        }
    }
}
