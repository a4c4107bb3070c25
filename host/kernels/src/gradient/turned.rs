//! Events by input: in which samples each of them fired.

use super::{INPUTS, MANY_INPUTS};
use crate::Events;
use crate::parallel::tasks;
use multiversion::multiversion;
use std::ops::Range;

/// Rows that are turned together; their share of a postsynaptic panel stays in the second-level cache.
pub(super) const CHUNK: usize = 512;
/// The same where events are many: every chunk has enough of them to repay a sum of its own, and the panel is nearer.
const DENSE_CHUNK: usize = 256;
/// Elements per event up to which they are.
const MANY: usize = 10;
/// Chunks from which each is a task of its own; few give the threads too little to share.
const CHUNKS: usize = 4;
/// Events up to which a chunk is turned by one thread.
const FEW: usize = 1 << 12;
/// Blocks of inputs that few chunks with many events are turned in.
const BLOCKS: usize = 8;
/// Rows of a word.
const WORD: usize = u64::BITS as usize;

/// An index by input, in chunks of rows and in blocks of inputs.
pub(super) struct Turned {
    /// Inputs of a block: a multiple of those of a task, or fewer, or all.
    pub(super) block: usize,
    /// Rows of a chunk, and how many there are.
    pub(super) chunk: usize,
    pub(super) chunks: usize,
    /// Block by block, from the first rows to the last ones.
    parts: Vec<Events>,
}

impl Turned {
    pub(super) fn of(events: &Events, split: bool) -> Turned {
        let chunk = match events.nnz() * MANY >= events.rows * events.cols {
            true => DENSE_CHUNK,
            false => CHUNK,
        };
        let chunks = events.rows.div_ceil(chunk);
        let by_chunk = chunks >= CHUNKS || !split || events.nnz() <= FEW;
        let even = events.cols.div_ceil(BLOCKS);
        let block = match by_chunk {
            true => events.cols,
            false if even > MANY_INPUTS => even.next_multiple_of(MANY_INPUTS),
            false => even.next_multiple_of(INPUTS),
        };
        let places: Vec<[Range<usize>; 2]> = (0..events.cols)
            .step_by(block)
            .flat_map(|col| {
                let cols = col..events.cols.min(col + block);
                (0..events.rows)
                    .step_by(chunk)
                    .map(move |row| [row..events.rows.min(row + chunk), cols.clone()])
            })
            .collect();
        let mut parts = vec![Events::default(); places.len()];
        let work = if split { usize::MAX } else { 0 };
        let places = parts.iter_mut().zip(places).collect();
        if by_chunk {
            tasks(places, work, |(part, [rows, _]): (&mut Events, _)| {
                *part = events.transpose_rows(rows.start, rows.len());
            });
        } else {
            let marks = Marks::of(events);
            tasks(places, work, |(part, [rows, cols]): (&mut Events, _)| {
                *part = marks.columns(rows, cols);
            });
        }
        Turned {
            block,
            chunk,
            chunks,
            parts,
        }
    }

    /// Inputs that are best worked on together.
    pub(super) fn together(&self) -> usize {
        match self.chunks {
            0 | 1 => INPUTS,
            _ => MANY_INPUTS.min(self.block),
        }
    }

    /// The chunks of the block of an input.
    pub(super) fn block_of(&self, input: usize) -> &[Events] {
        &self.parts[input / self.block * self.chunks..][..self.chunks]
    }
}

/// A bit for each element of a binary matrix: a word holds rows of a column, so that threads can share first the rows that
/// are written to it, and then the columns that are read.
pub(super) struct Marks {
    cols: usize,
    /// `[rows / WORD, cols]`.
    words: Vec<u64>,
}

impl Marks {
    /// Bytes that they take of so many rows and inputs, where few chunks are turned by them.
    pub(super) fn bytes(rows: usize, inputs: usize) -> usize {
        match rows.div_ceil(CHUNK) {
            0..CHUNKS => rows.div_ceil(WORD) * inputs * size_of::<u64>(),
            _ => 0,
        }
    }

    fn of(events: &Events) -> Marks {
        let cols = events.cols;
        let mut words = vec![0; events.rows.div_ceil(WORD) * cols];
        let lines = words.chunks_mut(cols).enumerate().collect();
        tasks(lines, usize::MAX, |(k, line): (usize, &mut [u64])| {
            mark(events, k * WORD, line);
        });
        Marks { cols, words }
    }

    /// The transpose `[cols.len(), rows.len()]` of a part, whose first row begins a word.
    fn columns(&self, rows: Range<usize>, cols: Range<usize>) -> Events {
        let lines: Vec<&[u64]> = (rows.start / WORD..rows.end.div_ceil(WORD))
            .map(|k| &self.words[k * self.cols..][cols.clone()])
            .collect();
        let (offsets, index) = listed(&lines, cols.len());
        Events {
            rows: cols.len(),
            cols: rows.len(),
            offsets,
            index,
        }
    }
}

/// Sets the bits of the rows from `first` on that a word holds.
fn mark(events: &Events, first: usize, line: &mut [u64]) {
    for (k, row) in (first..events.rows.min(first + WORD)).enumerate() {
        let bit = 1 << k;
        for col in events.row(row) {
            line[*col as usize] |= bit;
        }
    }
}

/// The rows that are marked, column by column, and where each column's begin.
#[multiversion(targets("x86_64+avx2+bmi1+popcnt", "aarch64+neon"))]
fn listed(lines: &[&[u64]], cols: usize) -> (Vec<u32>, Vec<u32>) {
    let marked = |line: &&[u64]| line.iter().map(|word| word.count_ones()).sum::<u32>();
    let mut index = vec![0; lines.iter().map(marked).sum::<u32>() as usize];
    let mut offsets = vec![0; cols + 1];
    let mut rest = index.iter_mut();
    let mut end = 0;
    for (col, offset) in offsets[1..].iter_mut().enumerate() {
        for (k, line) in lines.iter().enumerate() {
            let mut word = line[col];
            end += word.count_ones();
            while word != 0
                && let Some(row) = rest.next()
            {
                *row = (k * WORD) as u32 + word.trailing_zeros();
                word &= word - 1;
            }
        }
        *offset = end;
    }
    (offsets, index)
}

#[cfg(test)]
mod tests {
    use super::Turned;
    use crate::Events;

    #[test]
    fn turned_in_blocks_it_is_the_transpose() {
        for [rows, cols] in [[256, 784], [130, 515], [700, 64], [600, 9000], [255, 129]] {
            let dense: Vec<f32> = (0..rows * cols)
                .map(|k| f32::from(u8::from(k * 37 % 101 < 40)))
                .collect();
            let events = Events::from_dense(&dense, rows, cols).expect("binary");
            let whole = Turned::of(&events, false);
            let split = Turned::of(&events, true);
            assert_eq!(whole.chunks, split.chunks);
            assert!(split.block.is_multiple_of(split.together()) || split.block >= cols);
            for col in 0..cols {
                for k in 0..whole.chunks {
                    let row = |turned: &Turned| turned.block_of(col)[k].row(col % turned.block).to_vec();
                    assert_eq!(row(&whole), row(&split), "{rows} x {cols}, column {col}");
                }
            }
        }
    }
}
