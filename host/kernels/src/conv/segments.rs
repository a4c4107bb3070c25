//! The vectorised inner loops of the sparse ways.

use super::Conv;
use super::pack::ByInput;
use super::spots::Spots;
use crate::Real;
use crate::runs::{lines_of, values_at};
use multiversion::multiversion;

/// The shape of one block of the loops over input spots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) lanes: usize,
    /// Columns of an output map, and of a kernel.
    pub(super) across: usize,
    pub(super) taps: usize,
    /// Taps of a kernel.
    pub(super) area: usize,
    pub(super) positions: usize,
    /// Whether all spots have the value one.
    pub(super) binary: bool,
}

impl Shape {
    pub(super) fn new(conv: &Conv, form: &ByInput, binary: bool) -> Self {
        Shape {
            lanes: form.blocks.lanes,
            across: conv.out_width(),
            taps: conv.kernel[1],
            area: conv.area(),
            positions: conv.positions(),
            binary,
        }
    }
}

/// Adds to every sample's map `[positions, lanes]` what its spots send through `weights [channels, area, lanes]`: by
/// channel, then by spot.
pub(super) fn scatter<R: Real>(shape: &Shape, spots: &Spots<R>, weights: &[R], maps: &mut [R]) {
    if shape.binary {
        scatter_in::<R, true>(shape, spots, weights, maps);
    } else {
        scatter_in::<R, false>(shape, spots, weights, maps);
    }
}

/// Adds to `gradient [channels, area, lanes]` what spots meet in their sample's map `[positions, lanes]`: for every weight
/// by sample, then by spot.
pub(super) fn gather<R: Real>(shape: &Shape, spots: &Spots<R>, maps: &[R], gradient: &mut [R]) {
    if shape.binary {
        gather_in::<R, true>(shape, spots, maps, gradient);
    } else {
        gather_in::<R, false>(shape, spots, maps, gradient);
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn scatter_in<R: Real, const BINARY: bool>(shape: &Shape, spots: &Spots<R>, weights: &[R], maps: &mut [R]) {
    let (lanes, map) = (shape.lanes, shape.positions * shape.lanes);
    for (channel, weights) in weights.chunks_exact(shape.area * lanes).enumerate() {
        for (sample, map) in maps.chunks_exact_mut(map).enumerate() {
            for spot in spots.of(sample, channel) {
                let len = usize::from(spot.columns) * lanes;
                let (mut to, mut from) = (spot.at as usize * lanes, spot.tap as usize * lanes);
                for _ in 0..spot.rows {
                    add::<R, BINARY>(&mut map[to..to + len], &weights[from..from + len], spot.value);
                    to += shape.across * lanes;
                    from += shape.taps * lanes;
                }
            }
        }
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn gather_in<R: Real, const BINARY: bool>(shape: &Shape, spots: &Spots<R>, maps: &[R], gradient: &mut [R]) {
    let (lanes, map) = (shape.lanes, shape.positions * shape.lanes);
    for (channel, gradient) in gradient.chunks_exact_mut(shape.area * lanes).enumerate() {
        for (sample, map) in maps.chunks_exact(map).enumerate() {
            for spot in spots.of(sample, channel) {
                let len = usize::from(spot.columns) * lanes;
                let (mut from, mut to) = (spot.at as usize * lanes, spot.tap as usize * lanes);
                for _ in 0..spot.rows {
                    add::<R, BINARY>(&mut gradient[to..to + len], &map[from..from + len], spot.value);
                    from += shape.across * lanes;
                    to += shape.taps * lanes;
                }
            }
        }
    }
}

/// `target += value source`, for slices of a multiple of four elements.
#[inline(always)]
fn add<R: Real, const BINARY: bool>(target: &mut [R], source: &[R], value: R) {
    let (wide, rest) = target.as_chunks_mut::<32>();
    let (wide_source, rest_source) = source.as_chunks::<32>();
    for (t, s) in wide.iter_mut().zip(wide_source) {
        add_chunk::<R, BINARY, 32>(t, s, value);
    }
    let (half, rest) = rest.as_chunks_mut::<16>();
    let (half_source, rest_source) = rest_source.as_chunks::<16>();
    for (t, s) in half.iter_mut().zip(half_source) {
        add_chunk::<R, BINARY, 16>(t, s, value);
    }
    let (middle, rest) = rest.as_chunks_mut::<8>();
    let (middle_source, rest_source) = rest_source.as_chunks::<8>();
    for (t, s) in middle.iter_mut().zip(middle_source) {
        add_chunk::<R, BINARY, 8>(t, s, value);
    }
    if let (Some(t), Some(s)) = (rest.first_chunk_mut::<4>(), rest_source.first_chunk::<4>()) {
        add_chunk::<R, BINARY, 4>(t, s, value);
    }
}

#[inline(always)]
fn add_chunk<R: Real, const BINARY: bool, const N: usize>(target: &mut [R; N], source: &[R; N], value: R) {
    let mut sum = *target;
    for (t, s) in sum.iter_mut().zip(source) {
        *t += if BINARY { *s } else { value * *s };
    }
    *target = sum;
}

/// What a table must hold behind the last element that [`add_sums`] adds.
pub(super) const SLACK: usize = 4;
/// Bytes of a row that [`add_sums`] takes at once.
pub(super) const WIDE: usize = 256;

/// `target[r * line + k] += Σ value table[r * size + start + k]` over the terms `(start, value)`, in their order, for `ROWS`
/// rows `r` of `width` elements, a multiple of four. Sums of the widths that common kernels have stay in registers; they may
/// be wider than the row.
#[inline(always)]
pub(super) fn add_sums<R: Real, const ROWS: usize>(
    target: &mut [R],
    [line, width]: [usize; 2],
    table: &[R],
    size: usize,
    terms: &[(u32, R)],
) {
    let mut at = 0;
    while at < width {
        let (target, table) = (&mut target[at..], &table[at..]);
        at += match width - at {
            64.. if WIDE == 64 * size_of::<R>() => {
                add_terms::<R, ROWS, 64, 64>(target, line, table, size, terms)
            }
            // Whole vectors take less than what is left of some.
            60.. if WIDE == 64 * size_of::<R>() => {
                add_terms::<R, ROWS, 64, 60>(target, line, table, size, terms)
            }
            48.. if WIDE == 64 * size_of::<R>() => {
                add_terms::<R, ROWS, 48, 48>(target, line, table, size, terms)
            }
            32.. => add_terms::<R, ROWS, 32, 32>(target, line, table, size, terms),
            24.. => add_terms::<R, ROWS, 24, 24>(target, line, table, size, terms),
            16.. => add_terms::<R, ROWS, 16, 16>(target, line, table, size, terms),
            12.. => add_terms::<R, ROWS, 12, 12>(target, line, table, size, terms),
            8.. => add_terms::<R, ROWS, 8, 8>(target, line, table, size, terms),
            _ => add_terms::<R, ROWS, 4, 4>(target, line, table, size, terms),
        };
    }
}

/// The first `WIDTH` elements of every row of [`add_sums`], by sums of `N`.
#[inline(always)]
fn add_terms<R: Real, const ROWS: usize, const N: usize, const WIDTH: usize>(
    target: &mut [R],
    line: usize,
    table: &[R],
    size: usize,
    terms: &[(u32, R)],
) -> usize {
    let Some(rows) = lines_of::<R, ROWS>(table, size) else {
        debug_assert!(false, "a table of {ROWS} rows");
        return WIDTH;
    };
    let mut sums = [[R::ZERO; N]; ROWS];
    'terms: for (start, value) in terms {
        for (row, sum) in rows.iter().zip(&mut sums) {
            // There is one: see `SLACK`.
            let Some(weights) = values_at::<R, N>(row, *start) else {
                debug_assert!(false, "a table with slack");
                break 'terms;
            };
            for (s, w) in sum.iter_mut().zip(weights) {
                *s += *value * *w;
            }
        }
    }
    for (row, sum) in sums.iter().enumerate() {
        let target = &mut target[row * line..][..WIDTH];
        target.iter_mut().zip(sum).for_each(|(t, s)| *t += *s);
    }
    WIDTH
}
