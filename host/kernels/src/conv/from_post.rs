//! The weight gradient from the side of the gradient: for every output and kernel row, the sum over the non-zero elements
//! of the output's gradient stays in registers.
//!
//! Inputs lie channel-last with the zeros of the padding around them, so that what the taps of one kernel row meet is one
//! run for every position, and none is clipped. Where it costs little, channels without an input fill up cache lines.

use super::{Conv, Input, Post};
use crate::Real;
use crate::aligned::Aligned;
use crate::runs::{lines_of, values_at};
use crate::transpose::transpose_into;
use multiversion::multiversion;
use multiversion::target::target_cfg_f;
use std::ops::Range;

/// Bytes of inputs that are worked on together.
const TOGETHER: usize = 28 << 10;

/// What all samples share. Sums are `[output, kernel row, pitch]`, where a row holds `[tap, channel]`.
pub(super) struct Plan {
    conv: Conv,
    /// Elements of a pixel of padded input, of a line, and of an input.
    pixel: usize,
    line: usize,
    input: usize,
    /// First columns and widths of the chunks of a row.
    chunks: Vec<(usize, usize)>,
    pitch: usize,
    /// Where the run of every gradient element starts, and how far a place in its pooling window lies from there.
    corners: Vec<u32>,
    offsets: [u32; 256],
    /// Where every input element lies in its padded input.
    places: Vec<u32>,
}

impl Plan {
    pub(super) fn new<R: Real>(conv: &Conv, post: &Post<'_, R>) -> Self {
        let pixel = pixel::<R>(conv);
        let line = (conv.width + 2 * conv.padding[1]) * pixel;
        let step = [conv.stride[0] * line, conv.stride[1] * pixel];
        let grid = |height: usize, width: usize, step: [usize; 2]| {
            (0..height).flat_map(move |y| (0..width).map(move |x| (y * step[0] + x * step[1]) as u32))
        };
        let mut offsets = [0; 256];
        let corners = match post {
            Post::Map(_) => grid(conv.out_height(), conv.out_width(), step).collect(),
            Post::Pooled(pooled) => {
                let (window, pool) = (pooled.pool.window(conv), pooled.pool);
                let places = grid(pool.kernel[0], pool.kernel[1], step);
                offsets.iter_mut().zip(places).for_each(|(o, place)| *o = place);
                let step = [step[0] * pool.stride[0], step[1] * pool.stride[1]];
                grid(window.out_height(), window.out_width(), step).collect()
            }
        };
        let (chunks, pitch) = chunks::<R>(conv.kernel[1] * pixel);
        let first = conv.padding[0] * line + conv.padding[1] * pixel;
        let places = (0..conv.channels).flat_map(|channel| {
            grid(conv.height, conv.width, [line, pixel]).map(move |at| at + (first + channel) as u32)
        });
        Plan {
            places: places.collect(),
            conv: *conv,
            pixel,
            line,
            input: (conv.height + 2 * conv.padding[0]) * line,
            chunks,
            pitch,
            corners,
            offsets,
        }
    }

    /// Elements of the sums.
    pub(super) fn size(&self) -> usize {
        self.conv.outputs * self.conv.kernel[0] * self.pitch
    }

    /// The weights `[output, channel, row, tap]` that sums stand for.
    pub(super) fn unpack<R: Real>(&self, sums: &[R]) -> Vec<R> {
        let (conv, [rows, taps]) = (&self.conv, self.conv.kernel);
        let mut weights = vec![R::ZERO; conv.weights()];
        for (at, weight) in weights.iter_mut().enumerate() {
            let (tap, row, rest) = (at % taps, at / taps % rows, at / conv.area());
            let (channel, output) = (rest % conv.channels, rest / conv.channels);
            *weight = sums[(output * rows + row) * self.pitch + tap * self.pixel + channel];
        }
        weights
    }
}

/// Lanes that a row of taps takes in single precision.
pub(super) fn lanes(conv: &Conv) -> usize {
    chunks::<f32>(conv.kernel[1] * pixel::<f32>(conv)).1
}

/// Elements of a pixel: whole cache lines where few are wasted, so that no vector straddles two.
pub(super) fn pixel<R>(conv: &Conv) -> usize {
    let whole = conv.channels.next_multiple_of(64 / size_of::<R>());
    match 3 * whole <= 4 * conv.channels {
        true => whole,
        false => conv.channels,
    }
}

/// Chunks that a row of `run` lanes is cut into, and their total width. Wide ones fill the registers.
fn chunks<R>(run: usize) -> (Vec<(usize, usize)>, usize) {
    let (mut chunks, mut at) = (Vec::new(), 0);
    while at < run {
        let width = match run - at {
            65..=80 | 145..=160 if size_of::<R>() == 4 => 80,
            49.. if size_of::<R>() == 4 => 64,
            33.. if size_of::<R>() == 4 => 48,
            17.. => 32,
            9.. => 16,
            _ => 8,
        };
        chunks.push((at, width));
        at += width;
    }
    (chunks, at)
}

/// Adds what `samples` contribute to `sums`.
pub(super) fn add_gradient<R: Real>(
    plan: &Plan,
    post: &Post<'_, R>,
    input: &Input<'_, R>,
    samples: Range<usize>,
    sums: &mut [R],
) {
    let elements = plan.corners.len();
    let together = (TOGETHER / (plan.input * size_of::<R>())).clamp(1, 8);
    // The last chunk reads beyond the last run.
    let mut maps = Aligned::zeros(together * plan.input + 80);
    let mut terms = vec![(0, R::ZERO); together * elements];
    let row = plan.conv.kernel[0] * plan.pitch;
    for first in samples.clone().step_by(together) {
        let some = first..samples.end.min(first + together);
        for (sample, map) in some.clone().zip(maps.chunks_exact_mut(plan.input)) {
            fill(plan, input, sample, map);
        }
        for (output, sum) in sums.chunks_exact_mut(row).enumerate() {
            let mut count = 0;
            for (index, sample) in some.clone().enumerate() {
                let start = (sample * plan.conv.outputs + output) * elements;
                let base = (index * plan.input) as u32;
                count += list(plan, post, start, base, &mut terms[count..]);
            }
            add_sums(plan, &terms[..count], &maps, sum);
        }
    }
}

/// One sample's input, `[line, column, channel]`; what lies in the padding is zero before and after.
fn fill<R: Real>(plan: &Plan, input: &Input<'_, R>, sample: usize, map: &mut [R]) {
    let conv = &plan.conv;
    match input {
        Input::Events(events) | Input::Repeats(events, _) => {
            map.fill(R::ZERO);
            for at in events.row(sample) {
                map[plan.places[*at as usize] as usize] = R::ONE;
            }
        }
        Input::Dense(values) => {
            let values = &values[sample * conv.input()..][..conv.input()];
            if conv.padding == [0, 0] {
                let shape = [conv.channels, conv.pixels()];
                return transpose_into(values, conv.pixels(), shape, map, plan.pixel);
            }
            for (value, place) in values.iter().zip(&plan.places) {
                map[*place as usize] = *value;
            }
        }
    }
}

/// Lists the non-zero elements of the gradient of one output of one sample, which begins at `start`, as where their runs
/// begin and their values; gives their number.
fn list<R: Real>(plan: &Plan, post: &Post<'_, R>, start: usize, base: u32, terms: &mut [(u32, R)]) -> usize {
    let mut count = 0;
    // Written always, kept where it counts: no branch to mispredict.
    let mut push = |at: u32, value: R| {
        terms[count] = (base + at, value);
        count += usize::from(value != R::ZERO);
    };
    match post {
        Post::Map(values) => {
            let values = &values[start..][..plan.corners.len()];
            values.iter().zip(&plan.corners).for_each(|(v, at)| push(*at, *v));
        }
        Post::Pooled(pooled) => {
            let values = &pooled.gradient[start..][..plan.corners.len()];
            let places = &pooled.places[start..][..plan.corners.len()];
            for ((value, place), corner) in values.iter().zip(places).zip(&plan.corners) {
                push(corner + plan.offsets[usize::from(*place)], *value);
            }
        }
    }
    count
}

/// Adds to the rows `sum [kernel row, pitch]` of one output the runs that its terms select.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn add_sums<R: Real>(plan: &Plan, terms: &[(u32, R)], maps: &[R], sum: &mut [R]) {
    let rows = plan.conv.kernel[0];
    let many = target_cfg_f!(target_feature = "avx512f");
    for &(column, width) in &plan.chunks {
        let mut row = 0;
        while row < rows {
            let (maps, sum) = (
                &maps[row * plan.line + column..],
                &mut sum[row * plan.pitch + column..],
            );
            let step = [plan.line, plan.pitch];
            // Rows share a pass over the terms as far as the registers hold their sums.
            row += match (width, rows - row) {
                (80, 5..) if many => add_tile::<R, 5, 80>(terms, maps, sum, step),
                (80, 3..) if many => add_tile::<R, 3, 80>(terms, maps, sum, step),
                (80, _) => add_tile::<R, 1, 80>(terms, maps, sum, step),
                (64, 5..) if many => add_tile::<R, 5, 64>(terms, maps, sum, step),
                (64, 3..) if many => add_tile::<R, 3, 64>(terms, maps, sum, step),
                (64, _) => add_tile::<R, 1, 64>(terms, maps, sum, step),
                (48, 5..) if many => add_tile::<R, 5, 48>(terms, maps, sum, step),
                (48, 3..) if many => add_tile::<R, 3, 48>(terms, maps, sum, step),
                (48, _) => add_tile::<R, 1, 48>(terms, maps, sum, step),
                (32, 5..) if many => add_tile::<R, 5, 32>(terms, maps, sum, step),
                (32, 3..) if many => add_tile::<R, 3, 32>(terms, maps, sum, step),
                (32, 2..) => add_tile::<R, 2, 32>(terms, maps, sum, step),
                (32, _) => add_tile::<R, 1, 32>(terms, maps, sum, step),
                (16, 5..) => add_tile::<R, 5, 16>(terms, maps, sum, step),
                (16, 3..) => add_tile::<R, 3, 16>(terms, maps, sum, step),
                (16, _) => add_tile::<R, 1, 16>(terms, maps, sum, step),
                (_, 5..) => add_tile::<R, 5, 8>(terms, maps, sum, step),
                (_, 3..) => add_tile::<R, 3, 8>(terms, maps, sum, step),
                _ => add_tile::<R, 1, 8>(terms, maps, sum, step),
            };
        }
    }
}

/// `ROWS` rows of `N` lanes; their number. Steps are those from row to row of the maps and of the sum.
#[inline(always)]
fn add_tile<R: Real, const ROWS: usize, const N: usize>(
    terms: &[(u32, R)],
    maps: &[R],
    sum: &mut [R],
    [line, pitch]: [usize; 2],
) -> usize {
    let Some(lines) = lines_of::<R, ROWS>(maps, line) else {
        debug_assert!(false, "maps of {ROWS} lines");
        return ROWS;
    };
    let mut tile = [[R::ZERO; N]; ROWS];
    for (start, value) in terms {
        for (line, tile) in lines.iter().zip(&mut tile) {
            let Some(run) = values_at::<R, N>(line, *start) else {
                debug_assert!(false, "maps with what a chunk reads beyond a run");
                return ROWS;
            };
            for (t, x) in tile.iter_mut().zip(run) {
                *t += *value * *x;
            }
        }
    }
    for (row, tile) in tile.iter().enumerate() {
        let sum = &mut sum[row * pitch..][..N];
        sum.iter_mut().zip(tile).for_each(|(s, t)| *s += *t);
    }
    ROWS
}
