//! How much of a dense matrix is not zero.

use crate::Real;
use crate::parallel::tasks;
use multiversion::multiversion;
use std::ops::Range;

/// Rows of a block; their share of a postsynaptic panel stays in the cache.
const ROWS: usize = 256;
/// Columns of a block.
pub(super) const COLUMNS: usize = 128;

/// Where the elements of a row-major `[rows, cols]` matrix that are not zero lie: their number in each column of each
/// block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    rows: usize,
    cols: usize,
    nonzero: usize,
    /// Block by block, see [`blocks`](Support::blocks).
    counts: Vec<[u32; COLUMNS]>,
}

/// A part of a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) rows: Range<usize>,
    pub(super) cols: Range<usize>,
}

impl Support {
    /// That of these elements. What is no number is not zero.
    ///
    /// # Panics
    /// When `values` does not hold `rows * cols` elements.
    pub fn of<R: Real>(values: &[R], rows: usize, cols: usize) -> Support {
        assert_eq!(values.len(), rows * cols, "elements of a {rows} x {cols} matrix");
        let places = places(rows, cols);
        let mut counts = vec![[0; COLUMNS]; places.len()];
        let blocks = places.into_iter().zip(&mut counts).collect();
        tasks(
            blocks,
            values.len(),
            |(place, counts): (Place, &mut [u32; COLUMNS])| {
                count(values, cols, place, counts);
            },
        );
        Support {
            rows,
            cols,
            nonzero: counts.as_flattened().iter().map(|n| *n as usize).sum(),
            counts,
        }
    }

    /// Rows of the matrix.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of the matrix.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Number of elements that are not zero.
    pub fn nonzero(&self) -> usize {
        self.nonzero
    }

    /// The blocks with the counts of their columns: those of the first columns, from the first rows to the last ones,
    /// then those of the next columns.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (Place, &[u32; COLUMNS])> {
        places(self.rows, self.cols).into_iter().zip(&self.counts)
    }
}

fn places(rows: usize, cols: usize) -> Vec<Place> {
    let below = |first: usize| {
        (0..rows).step_by(ROWS).map(move |row| Place {
            rows: row..rows.min(row + ROWS),
            cols: first..cols.min(first + COLUMNS),
        })
    };
    (0..cols).step_by(COLUMNS).flat_map(below).collect()
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn count<R: Real>(values: &[R], cols: usize, place: Place, counts: &mut [u32; COLUMNS]) {
    for row in place.rows {
        for (count, v) in counts.iter_mut().zip(&values[row * cols..][place.cols.clone()]) {
            *count += u32::from(*v != R::ZERO);
        }
    }
}
