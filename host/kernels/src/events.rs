//! Binary sparse matrices: which columns of each row hold a one.

use crate::Real;
use crate::marks::{Test, append_where};
use crate::parallel::splits;
use multiversion::multiversion;
use rayon::prelude::*;

/// The ones of a binary `[rows, cols]` matrix, row by row with ascending columns (compressed sparse rows without
/// values).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
    /// Where each row starts in `index`; `rows + 1` entries, the first is 0 and the last `index.len()`.
    pub offsets: Vec<u32>,
    /// The columns of the ones.
    pub index: Vec<u32>,
}

impl Events {
    /// A matrix of zeros.
    pub fn empty(rows: usize, cols: usize) -> Events {
        Events {
            rows,
            cols,
            offsets: vec![0; rows + 1],
            index: Vec::new(),
        }
    }

    /// The ones of a dense row-major `[rows, cols]` matrix, or `None` when a value is neither 0 nor 1, when the length
    /// is not `rows * cols`, or when there are more than 2^32 - 1 elements.
    pub fn from_dense<R: Real>(values: &[R], rows: usize, cols: usize) -> Option<Events> {
        if Some(values.len()) != rows.checked_mul(cols) || u32::try_from(values.len()).is_err() {
            return None;
        }
        // Counted first: an index that grows takes up to three times its memory.
        let ones = ones(values)?;
        let mut offsets = Vec::with_capacity(rows + 1);
        let mut index = Vec::with_capacity(ones);
        offsets.push(0);
        index_rows(values, rows, cols, &mut offsets, &mut index);
        Some(Events {
            rows,
            cols,
            offsets,
            index,
        })
    }

    /// The dense row-major matrix.
    pub fn to_dense<R: Real>(&self) -> Vec<R> {
        let mut values = vec![R::ZERO; self.rows * self.cols];
        for row in 0..self.rows {
            let base = row * self.cols;
            for &col in self.row(row) {
                values[base + col as usize] = R::ONE;
            }
        }
        values
    }

    /// The columns of the ones of a row, ascending.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &[u32] {
        &self.index[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    /// Rows `start .. start + len` as a matrix of their own.
    ///
    /// # Panics
    /// When the range leaves the matrix.
    pub fn narrow(&self, start: usize, len: usize) -> Events {
        let first = self.offsets[start];
        let offsets: Vec<u32> = self.offsets[start..=start + len]
            .iter()
            .map(|o| o - first)
            .collect();
        let index = self.index[first as usize..self.offsets[start + len] as usize].to_vec();
        Events {
            rows: len,
            cols: self.cols,
            offsets,
            index,
        }
    }

    /// The same ones seen as a `[rows, cols]` matrix of another shape with as many elements, or `None` when the
    /// element counts differ.
    pub fn reshape(&self, rows: usize, cols: usize) -> Option<Events> {
        if rows.checked_mul(cols) != Some(self.rows * self.cols) {
            return None;
        }
        if cols == self.cols {
            return Some(self.clone());
        }
        let mut offsets = vec![0u32; rows + 1];
        let mut index = Vec::with_capacity(self.index.len());
        for row in 0..self.rows {
            for &col in self.row(row) {
                let flat = row * self.cols + col as usize;
                offsets[flat / cols + 1] += 1;
                index.push((flat % cols) as u32);
            }
        }
        for row in 0..rows {
            offsets[row + 1] += offsets[row];
        }
        Some(Events {
            rows,
            cols,
            offsets,
            index,
        })
    }

    /// The ones of the transposed matrix (counting sort; rows stay ascending).
    pub fn transpose(&self) -> Events {
        self.transpose_rows(0, self.rows)
    }

    /// The transpose `[cols, len]` of rows `start .. start + len`.
    ///
    /// # Panics
    /// When the range leaves the matrix.
    pub fn transpose_rows(&self, start: usize, len: usize) -> Events {
        let lines: Vec<&[u32]> = (start..start + len).map(|row| self.row(row)).collect();
        turned(&lines, self.cols)
    }

    /// The rows of several matrices of equal width below each other, or `None` when the widths differ.
    pub fn stack<'a>(parts: impl IntoIterator<Item = &'a Events>) -> Option<Events> {
        let parts: Vec<&Events> = parts.into_iter().collect();
        let cols = parts.first()?.cols;
        if parts.iter().any(|part| part.cols != cols) {
            return None;
        }
        // Exactly as large as needed: the index of a record is metered, and lives long.
        let rows = parts.iter().map(|part| part.rows).sum();
        let mut offsets = Vec::with_capacity(rows + 1);
        let mut index = Vec::with_capacity(parts.iter().map(|part| part.nnz()).sum());
        offsets.push(0);
        for part in parts {
            let base = index.len() as u32;
            offsets.extend(part.offsets[1..].iter().map(|o| o + base));
            index.extend_from_slice(&part.index);
        }
        Some(Events {
            rows,
            cols,
            offsets,
            index,
        })
    }

    /// The sum over all ones of what `weights` has for their columns.
    ///
    /// # Panics
    /// When there are fewer weights than columns with a one.
    pub fn total(&self, weights: &[u32]) -> usize {
        let sum = |part: &[u32]| {
            part.iter()
                .map(|at| weights[*at as usize] as usize)
                .sum::<usize>()
        };
        if splits(self.nnz()) {
            self.index.par_chunks(1 << 14).map(sum).sum()
        } else {
            sum(&self.index)
        }
    }

    /// Number of ones.
    pub fn nnz(&self) -> usize {
        self.index.len()
    }

    /// Share of ones among the elements (0 for an empty matrix).
    pub fn density(&self) -> f64 {
        match self.rows * self.cols {
            0 => 0.0,
            n => self.nnz() as f64 / n as f64,
        }
    }

    /// Bytes of the index.
    pub fn bytes(&self) -> usize {
        (self.offsets.capacity() + self.index.capacity()) * size_of::<u32>()
    }
}

/// The transpose of rows of `cols` columns.
fn turned(rows: &[&[u32]], cols: usize) -> Events {
    let mut offsets = vec![0u32; cols + 1];
    for col in rows.iter().copied().flatten() {
        offsets[*col as usize + 1] += 1;
    }
    for col in 0..cols {
        offsets[col + 1] += offsets[col];
    }
    let mut next = offsets.clone();
    let mut index = vec![0u32; offsets[cols] as usize];
    for (row, line) in rows.iter().enumerate() {
        for col in *line {
            let slot = &mut next[*col as usize];
            index[*slot as usize] = row as u32;
            *slot += 1;
        }
    }
    Events {
        rows: cols,
        cols: rows.len(),
        offsets,
        index,
    }
}

/// The number of ones among zeros and ones; `None` where there is anything else.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn ones<R: Real>(values: &[R]) -> Option<usize> {
    let mut ones = 0;
    // In chunks, so that the loop has no exit inside and ends soon where values are no spikes.
    for chunk in values.chunks(256) {
        let count = |value: R| chunk.iter().map(|v| u32::from(*v == value)).sum::<u32>() as usize;
        let one = count(R::ONE);
        if one + count(R::ZERO) != chunk.len() {
            return None;
        }
        ones += one;
    }
    Some(ones)
}

/// Appends the places of the ones of a binary matrix, and where each row ends.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn index_rows<R: Real>(values: &[R], rows: usize, cols: usize, offsets: &mut Vec<u32>, index: &mut Vec<u32>) {
    for row in 0..rows {
        append_where(&values[row * cols..][..cols], Test::Not(R::ZERO), index);
        offsets.push(index.len() as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::Events;

    #[test]
    fn round_trip_narrow_and_stack() {
        let dense = [0.0f32, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0];
        let events = Events::from_dense(&dense, 4, 3).expect("binary");
        assert_eq!(events.nnz(), 5);
        assert_eq!(events.to_dense::<f32>(), dense);
        assert_eq!(events.row(1), [0, 1]);
        let (top, bottom) = (events.narrow(0, 1), events.narrow(1, 3));
        assert_eq!(bottom.to_dense::<f32>(), dense[3..]);
        assert_eq!(Events::stack([&top, &bottom]), Some(events.clone()));
        let wide = events.reshape(2, 6).expect("same size");
        assert_eq!(wide.to_dense::<f32>(), dense);
        assert_eq!(wide.reshape(4, 3), Some(events.clone()));
    }

    #[test]
    fn other_values_are_refused() {
        assert_eq!(Events::from_dense(&[0.0f64, 0.5], 1, 2), None);
        assert_eq!(Events::from_dense(&[0.0f64, f64::NAN], 1, 2), None);
        assert_eq!(Events::from_dense(&[0.0f64], 1, 2), None);
    }
}
