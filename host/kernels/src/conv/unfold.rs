//! Patches as the columns of a matrix, and back.

use super::Conv;
use super::span::Axis;
use crate::Real;
use std::ops::Range;

/// For every row of the unfolded matrix (channel, kernel row, kernel column) and every output row: the columns whose tap
/// lies inside the map, and the input position of the first one.
fn taps(conv: &Conv, mut body: impl FnMut(usize, Range<usize>, usize)) {
    let (across, [down, right]) = (conv.out_width(), conv.stride);
    // Outputs whose tap lies inside an axis.
    let inside = |axis: &Axis, tap: usize| {
        let first = axis.padding.saturating_sub(tap).div_ceil(axis.stride);
        let end = (axis.input + axis.padding)
            .saturating_sub(tap)
            .div_ceil(axis.stride);
        first..end.min(axis.output).max(first)
    };
    let [rows, columns] = Axis::of(conv);
    for channel in 0..conv.channels {
        for i in 0..conv.kernel[0] {
            for j in 0..conv.kernel[1] {
                let row = (channel * conv.kernel[0] + i) * conv.kernel[1] + j;
                let run = inside(&columns, j);
                if run.is_empty() {
                    continue;
                }
                for y in inside(&rows, i) {
                    let line = channel * conv.height + y * down + i - conv.padding[0];
                    let start = line * conv.width + run.start * right + j - conv.padding[1];
                    body(row, y * across + run.start..y * across + run.end, start);
                }
            }
        }
    }
}

/// Writes the patches of one sample into columns `first..` of a matrix `[patch, columns]`.
#[inline(always)]
pub(super) fn unfold<R: Real>(conv: &Conv, sample: &[R], matrix: &mut [R], columns: usize, first: usize) {
    // Taps outside the map are the only elements that are not written.
    if conv.padding != [0, 0] {
        for row in matrix.chunks_exact_mut(columns) {
            row[first..first + conv.positions()].fill(R::ZERO);
        }
    }
    let step = conv.stride[1];
    taps(conv, |row, range, start| {
        let target = &mut matrix[row * columns + first..][range.clone()];
        if step == 1 {
            for (t, s) in target.iter_mut().zip(&sample[start..start + range.len()]) {
                *t = *s;
            }
        } else {
            for (t, s) in target.iter_mut().zip(sample[start..].iter().step_by(step)) {
                *t = *s;
            }
        }
    });
}

/// Adds columns `first..` of a matrix `[patch, columns]` back into a sample.
#[inline(always)]
pub(super) fn fold<R: Real>(conv: &Conv, matrix: &[R], columns: usize, first: usize, sample: &mut [R]) {
    let step = conv.stride[1];
    taps(conv, |row, range, start| {
        let source = &matrix[row * columns + first..][range.clone()];
        if step == 1 {
            for (s, t) in sample[start..start + range.len()].iter_mut().zip(source) {
                *s += *t;
            }
        } else {
            for (s, t) in sample[start..].iter_mut().step_by(step).zip(source) {
                *s += *t;
            }
        }
    });
}
