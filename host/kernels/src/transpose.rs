//! Transposition of parts of matrices.

use crate::Real;
use crate::parallel::chunks_mut;
use multiversion::multiversion;

/// Columns that a task turns.
const COLUMNS: usize = 64;
/// Side of the squares that are turned at once.
const SQUARE: usize = 4;

/// The transpose `[cols, rows]` of a row-major matrix `[rows, cols]` into `out`, all of which is written.
///
/// # Panics
/// When the lengths do not fit.
pub fn transpose<R: Real>(values: &[R], [rows, cols]: [usize; 2], out: &mut [R]) {
    assert!(
        values.len() == rows * cols && out.len() == values.len(),
        "a transpose"
    );
    if out.is_empty() {
        return;
    }
    chunks_mut(out, COLUMNS * rows, values.len(), |first, part| {
        let columns = part.len() / rows;
        transpose_into(&values[first / rows..], cols, [rows, columns], part, rows);
    });
}

/// `target[c * stride + r] = source[r * width + c]` for `lines` rows `r` and `columns` columns `c`.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn transpose_into<T: Turn>(
    source: &[T],
    width: usize,
    [lines, columns]: [usize; 2],
    target: &mut [T],
    stride: usize,
) {
    if columns == 0 {
        return;
    }
    let (whole_lines, whole_columns) = (lines - lines % SQUARE, columns - columns % SQUARE);
    let mut row = 0;
    while row < whole_lines {
        let (source, target) = (&source[row * width..], &mut target[row..]);
        row += match (whole_lines - row, columns == width) {
            (16.., true) if width == 12 => turn_strip::<T, 12>(source, target, stride),
            (16.., true) if width == 16 => turn_strip::<T, 16>(source, target, stride),
            (16.., true) if width == 32 => turn_strip::<T, 32>(source, target, stride),
            _ => turn_rows(source, width, whole_columns, target, stride),
        };
    }
    if row == lines && whole_columns == columns {
        return;
    }
    for row in 0..lines {
        let from = if row < whole_lines { whole_columns } else { 0 };
        for column in from..columns {
            target[column * stride + row] = source[row * width + column];
        }
    }
}

/// Turns the columns of four rows; their number.
#[inline(always)]
fn turn_rows<T: Turn>(source: &[T], width: usize, columns: usize, target: &mut [T], stride: usize) -> usize {
    let read = |k: usize| source[k * width..][..columns].as_chunks::<SQUARE>().0;
    let read = read(0).iter().zip(read(1)).zip(read(2)).zip(read(3));
    for (column, (((a, b), c), d)) in read.enumerate() {
        let written = &mut target[column * SQUARE * stride..][..(SQUARE - 1) * stride + SQUARE];
        for (k, line) in T::turned([*a, *b, *c, *d]).into_iter().enumerate() {
            if let Some(written) = written[k * stride..].first_chunk_mut() {
                *written = line;
            }
        }
    }
    SQUARE
}

/// Turns sixteen rows of a common width, whose places need no checks, so that whole cache lines are written; their number.
#[inline(always)]
fn turn_strip<T: Turn, const WIDTH: usize>(source: &[T], target: &mut [T], stride: usize) -> usize {
    const ROWS: usize = 4 * SQUARE;
    let (rows, _) = source.as_chunks::<WIDTH>();
    let Some(rows) = rows.first_chunk::<ROWS>() else {
        debug_assert!(false, "{ROWS} rows");
        return ROWS;
    };
    for column in (0..WIDTH).step_by(SQUARE) {
        let mut lines = [[[T::default(); SQUARE]; ROWS / SQUARE]; SQUARE];
        for square in 0..ROWS / SQUARE {
            let mut from = [[T::default(); SQUARE]; SQUARE];
            for k in 0..SQUARE {
                for j in 0..SQUARE {
                    from[k][j] = rows[square * SQUARE + k][column + j];
                }
            }
            for (line, turned) in lines.iter_mut().zip(T::turned(from)) {
                line[square] = turned;
            }
        }
        for (k, line) in lines.iter().enumerate() {
            target[(column + k) * stride..][..ROWS].copy_from_slice(line.as_flattened());
        }
    }
    ROWS
}

/// What can be turned.
pub trait Turn: Copy + Default {
    /// Four rows of four as four columns.
    fn turned(square: [[Self; SQUARE]; SQUARE]) -> [[Self; SQUARE]; SQUARE];
}

impl Turn for f32 {
    #[inline(always)]
    fn turned(square: [[f32; SQUARE]; SQUARE]) -> [[f32; SQUARE]; SQUARE] {
        turned_single(square)
    }
}

impl Turn for f64 {
    #[inline(always)]
    fn turned(square: [[f64; SQUARE]; SQUARE]) -> [[f64; SQUARE]; SQUARE] {
        turned(square)
    }
}

impl Turn for u8 {
    #[inline(always)]
    fn turned(square: [[u8; SQUARE]; SQUARE]) -> [[u8; SQUARE]; SQUARE] {
        turned_bytes(square)
    }
}

/// Four rows of four as four columns.
#[inline(always)]
fn turned<R: Copy>(square: [[R; SQUARE]; SQUARE]) -> [[R; SQUARE]; SQUARE] {
    std::array::from_fn(|j| std::array::from_fn(|i| square[i][j]))
}

/// The same by shuffles, which compilers do not find.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn turned_single(square: [[f32; SQUARE]; SQUARE]) -> [[f32; SQUARE]; SQUARE] {
    use std::arch::x86_64::{__m128, _mm_movehl_ps, _mm_movelh_ps, _mm_unpackhi_ps, _mm_unpacklo_ps};
    // SAFETY: every x86_64 has SSE; four floats and a vector of four floats have the same size and no invalid values.
    unsafe {
        let [a, b, c, d]: [__m128; SQUARE] = std::mem::transmute(square);
        let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
        let (ab_high, cd_high) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
        std::mem::transmute([
            _mm_movelh_ps(ab, cd),
            _mm_movehl_ps(cd, ab),
            _mm_movelh_ps(ab_high, cd_high),
            _mm_movehl_ps(cd_high, ab_high),
        ])
    }
}

/// The same by shuffles, which compilers do not find.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn turned_bytes(square: [[u8; SQUARE]; SQUARE]) -> [[u8; SQUARE]; SQUARE] {
    use std::arch::x86_64::{__m128i, _mm_cvtsi32_si128, _mm_unpacklo_epi8, _mm_unpacklo_epi16};
    // SAFETY: every x86_64 has SSE2; sixteen bytes and a vector of as many have the same size and no invalid values.
    unsafe {
        let [a, b, c, d] = square.map(|row| _mm_cvtsi32_si128(i32::from_ne_bytes(row)));
        let turned: __m128i = _mm_unpacklo_epi16(_mm_unpacklo_epi8(a, b), _mm_unpacklo_epi8(c, d));
        std::mem::transmute(turned)
    }
}

#[cfg(not(target_arch = "x86_64"))]
use {turned as turned_bytes, turned as turned_single};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_lands_where_it_belongs() {
        for [lines, columns, width, stride] in [
            [8, 12, 13, 9],
            [38, 9, 10, 41],
            [20, 12, 12, 20],
            [35, 16, 16, 40],
            [8, 0, 0, 8],
            [16, 32, 32, 16],
            [5, 4, 4, 7],
            [3, 2, 6, 3],
            [9, 11, 11, 9],
        ] {
            let source: Vec<f32> = (0..lines * width).map(|v| v as f32).collect();
            let mut target = vec![-1.0; columns * stride];
            transpose_into(&source, width, [lines, columns], &mut target, stride);
            let double: Vec<f64> = source.iter().map(|v| f64::from(*v)).collect();
            let mut other = vec![-1.0; columns * stride];
            transpose_into(&double, width, [lines, columns], &mut other, stride);
            let bytes: Vec<u8> = source.iter().map(|v| *v as u8).collect();
            let mut turned = vec![255; columns * stride];
            transpose_into(&bytes, width, [lines, columns], &mut turned, stride);
            for c in 0..columns {
                for r in 0..stride {
                    let want = if r < lines { (r * width + c) as f32 } else { -1.0 };
                    assert_eq!(target[c * stride + r], want);
                    assert_eq!(other[c * stride + r], f64::from(want));
                    assert_eq!(turned[c * stride + r], if r < lines { want as u8 } else { 255 });
                }
            }
        }
    }

    #[test]
    fn of_a_whole_matrix() {
        for [rows, cols] in [[300, 301], [1, 7], [7, 1], [0, 3], [65, 129]] {
            let values: Vec<f32> = (0..rows * cols).map(|v| v as f32).collect();
            let mut out = vec![-1.0; values.len()];
            transpose(&values, [rows, cols], &mut out);
            for (k, v) in out.iter().enumerate() {
                assert_eq!(*v, values[k % rows * cols + k / rows]);
            }
        }
    }
}
