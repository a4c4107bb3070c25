//! The elements that are not zero, column by column.

use super::support::{COLUMNS, Place, Support};
use crate::Real;
use crate::marks::each_nonzero;
use crate::parallel::tasks;
use multiversion::multiversion;

/// The elements of a `[rows, cols]` matrix that are not zero: in blocks of rows and columns, and within these by column
/// with ascending rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted<R> {
    rows: usize,
    cols: usize,
    nonzero: usize,
    /// Those of the first columns, from the first rows to the last ones, then those of the next columns.
    blocks: Vec<Block<R>>,
}

/// An element that is not zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry<R> {
    /// Row within its block.
    pub(super) row: u32,
    pub(super) value: R,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block<R> {
    pub(super) first_row: usize,
    /// Where the entries of each column end.
    ends: [u32; COLUMNS],
    entries: Vec<Entry<R>>,
}

impl<R: Real> Weighted<R> {
    /// The elements of `values` that are not zero, whose `support` this is.
    ///
    /// # Panics
    /// When `support` is that of other values.
    pub fn new(values: &[R], support: &Support) -> Weighted<R> {
        let (rows, cols) = (support.rows(), support.cols());
        assert_eq!(values.len(), rows * cols, "elements of a {rows} x {cols} matrix");
        let mut blocks: Vec<(Place, Block<R>)> = support
            .blocks()
            .map(|(place, counts)| (place.clone(), Block::sized(&place, counts)))
            .collect();
        tasks(
            blocks.iter_mut().collect(),
            values.len(),
            |(place, block): &mut (Place, Block<R>)| {
                fill(values, cols, place, block);
            },
        );
        Weighted {
            rows,
            cols,
            nonzero: support.nonzero(),
            blocks: blocks.into_iter().map(|(_, block)| block).collect(),
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

    /// Bytes of the entries and their places.
    pub fn bytes(&self) -> usize {
        self.blocks.len() * size_of::<Block<R>>() + self.nonzero * size_of::<Entry<R>>()
    }

    /// The elements of the first row.
    pub(super) fn first_row(&self) -> Vec<R> {
        let value = |col: usize| {
            let entry = self.blocks_of(col).first()?.column(col % COLUMNS).first()?;
            (entry.row == 0).then_some(entry.value)
        };
        (0..self.cols).map(|col| value(col).unwrap_or(R::ZERO)).collect()
    }

    /// The blocks of column `col`, from the first rows to the last ones.
    pub(super) fn blocks_of(&self, col: usize) -> &[Block<R>] {
        let high = self.blocks.len() / self.cols.div_ceil(COLUMNS).max(1);
        &self.blocks[col / COLUMNS * high..][..high]
    }
}

impl<R: Real> Block<R> {
    /// One whose columns have so many entries; where each of them starts stands for its end until it is filled.
    fn sized(place: &Place, counts: &[u32; COLUMNS]) -> Self {
        let mut size = 0;
        let ends = counts.map(|count| {
            size += count;
            size - count
        });
        let none = Entry {
            row: 0,
            value: R::ZERO,
        };
        Block {
            first_row: place.rows.start,
            ends,
            entries: vec![none; size as usize],
        }
    }

    /// Entries of column `k` of the block.
    #[inline(always)]
    pub(super) fn column(&self, k: usize) -> &[Entry<R>] {
        let start = if k == 0 { 0 } else { self.ends[k - 1] as usize };
        &self.entries[start..self.ends[k] as usize]
    }

    #[inline(always)]
    fn push(&mut self, k: usize, entry: Entry<R>) {
        let end = &mut self.ends[k];
        self.entries[*end as usize] = entry;
        *end += 1;
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn fill<R: Real>(values: &[R], cols: usize, place: &Place, block: &mut Block<R>) {
    for (row, at) in place.rows.clone().enumerate() {
        let row = row as u32;
        let line = &values[at * cols..][place.cols.clone()];
        each_nonzero(line, |k, value| block.push(k, Entry { row, value }));
    }
}
