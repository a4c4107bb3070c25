//! Tables in panels of columns, the form that event-driven products read.
//!
//! A product adds up rows of a table that events select. In row-major order the share of a row that fits the registers
//! lies a whole row away from the next one; here the columns are cut into panels of 128 bytes, each with its rows behind
//! each other, so that a panel stays in the cache and every share is two whole cache lines: one that lies across three costs a
//! third more.

use crate::aligned::Aligned;
use crate::parallel::{chunks_mut, splits};
use crate::transpose::transpose_into;
use crate::{Order, Real};
use rayon::prelude::*;

/// Bytes of a row of a whole panel.
pub(crate) const PANEL: usize = 128;
/// Bytes that the rows of the last panel are padded to.
const VECTOR: usize = 32;
/// Rows that one task copies.
const BLOCK: usize = 64;

/// Runs `$body` with the constant `$W` equal to `$stride`, the length of a panel's rows.
macro_rules! with_stride {
    ($stride:expr, $W:ident => $body:expr) => {
        match $stride {
            4 => {
                const $W: usize = 4;
                $body
            }
            8 => {
                const $W: usize = 8;
                $body
            }
            12 => {
                const $W: usize = 12;
                $body
            }
            16 => {
                const $W: usize = 16;
                $body
            }
            24 => {
                const $W: usize = 24;
                $body
            }
            _ => {
                const $W: usize = 32;
                $body
            }
        }
    };
}
pub(crate) use with_stride;

/// A table `[rows, width]` in panels.
#[derive(Debug, PartialEq)]
pub struct Panels<R> {
    values: Aligned<R>,
    rows: usize,
    width: usize,
}

/// The columns of one panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// First column.
    pub(crate) first: usize,
    /// Columns that belong to the table.
    pub(crate) columns: usize,
    /// Elements of a row of the panel, with padding.
    pub(crate) stride: usize,
}

/// Cuts `width` columns into panels.
pub(crate) fn spans<R>(width: usize) -> impl Iterator<Item = Span> + Clone {
    let (whole, vector) = (PANEL / size_of::<R>(), VECTOR / size_of::<R>());
    (0..width).step_by(whole).map(move |first| {
        let columns = whole.min(width - first);
        Span {
            first,
            columns,
            stride: columns.next_multiple_of(vector),
        }
    })
}

impl<R: Real> Clone for Panels<R> {
    fn clone(&self) -> Self {
        Panels {
            values: self.values.clone(),
            ..*self
        }
    }
}

impl<R: Real> Panels<R> {
    /// A table of zeros.
    pub fn zeros(rows: usize, width: usize) -> Self {
        let padded: usize = spans::<R>(width).map(|span| span.stride).sum();
        Panels {
            values: Aligned::zeros(rows * padded),
            rows,
            width,
        }
    }

    /// The table with these row-major values `[rows, width]`.
    ///
    /// # Panics
    /// When `values` does not hold `rows * width` elements.
    pub fn pack(values: &[R], rows: usize, width: usize) -> Self {
        assert_eq!(values.len(), rows * width, "values of a table");
        let mut table = Self::zeros(rows, width);
        table.each_panel(|span, panel| {
            with_stride!(span.stride, W => {
                let (targets, _) = panel.as_chunks_mut::<W>();
                for (row, target) in targets.iter_mut().enumerate() {
                    *target = columns(&values[row * width + span.first..], span);
                }
            });
        });
        table
    }

    /// The table whose transpose has these row-major values `[width, rows]`.
    ///
    /// # Panics
    /// When `values` does not hold `rows * width` elements.
    pub fn pack_transposed(values: &[R], rows: usize, width: usize) -> Self {
        let mut table = Self::zeros(rows, width);
        table.repack_transposed(values);
        table
    }

    /// Replaces the values, as [`pack_transposed`](Panels::pack_transposed) would set them.
    ///
    /// # Panics
    /// When `values` does not have as many elements as the table.
    pub fn repack_transposed(&mut self, values: &[R]) {
        let rows = self.rows;
        assert_eq!(values.len(), rows * self.width, "values of a transposed table");
        self.each_panel(|span, panel| {
            let source = &values[span.first * rows..][..span.columns * rows];
            transpose_into(source, rows, [span.columns, rows], panel, span.stride);
        });
    }

    /// Writes the values as those of a matrix `[width, rows]` that lies in the given order.
    ///
    /// # Panics
    /// When `out` does not have as many elements as the table.
    pub(crate) fn write(&self, order: Order, out: &mut [R]) {
        match order {
            Order::Rows => self.unpack_transposed(out),
            Order::Columns => self.unpack(out),
        }
    }

    /// Writes the values, row-major `[rows, width]`.
    ///
    /// # Panics
    /// When `out` does not have as many elements as the table.
    pub fn unpack(&self, out: &mut [R]) {
        let width = self.width;
        assert_eq!(out.len(), self.rows * width, "values of a table");
        if out.is_empty() {
            return;
        }
        chunks_mut(out, BLOCK * width, self.values.len(), |first, part| {
            for span in spans::<R>(width) {
                let panel = &self.panel(span)[first / width * span.stride..];
                for (row, source) in part.chunks_exact_mut(width).zip(panel.chunks_exact(span.stride)) {
                    row[span.first..][..span.columns].copy_from_slice(&source[..span.columns]);
                }
            }
        });
    }

    /// Writes the transposed values, row-major `[width, rows]`.
    ///
    /// # Panics
    /// When `out` does not have as many elements as the table.
    pub fn unpack_transposed(&self, out: &mut [R]) {
        let rows = self.rows;
        assert_eq!(out.len(), rows * self.width, "values of a transposed table");
        if out.is_empty() {
            return;
        }
        let whole = PANEL / size_of::<R>();
        let turn = |(span, target): (Span, &mut [R])| {
            transpose_into(self.panel(span), span.stride, [rows, span.columns], target, rows);
        };
        let parts: Vec<_> = spans::<R>(self.width).zip(out.chunks_mut(whole * rows)).collect();
        if splits(self.values.len()) {
            parts.into_par_iter().for_each(turn);
        } else {
            parts.into_iter().for_each(turn);
        }
    }

    /// Rows of the table.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of the table.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Bytes that it occupies.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.values[..])
    }

    /// The rows `[rows, stride]` of one panel.
    pub(crate) fn panel(&self, span: Span) -> &[R] {
        &self.values[span.first * self.rows..][..span.stride * self.rows]
    }

    /// Cuts every panel into parts of at most `rows` rows: the panel's columns, the first row, the elements.
    pub(crate) fn parts_mut(&mut self, rows: usize) -> Vec<(Span, usize, &mut [R])> {
        let mut parts = Vec::new();
        let mut rest = &mut self.values[..];
        for span in spans::<R>(self.width) {
            let (panel, others) = rest.split_at_mut(span.stride * self.rows);
            rest = others;
            for (k, part) in panel.chunks_mut(rows.max(1) * span.stride).enumerate() {
                parts.push((span, k * rows.max(1), part));
            }
        }
        parts
    }

    /// Cuts the table into blocks of at most `rows` rows: of each the parts of all panels, in order.
    pub(crate) fn blocks_mut(&mut self, rows: usize) -> Vec<Vec<(Span, &mut [R])>> {
        let mut blocks: Vec<Vec<(Span, &mut [R])>> = Vec::new();
        for (span, first, part) in self.parts_mut(rows) {
            let block = first / rows.max(1);
            if block == blocks.len() {
                blocks.push(Vec::new());
            }
            blocks[block].push((span, part));
        }
        blocks
    }

    fn each_panel(&mut self, body: impl Fn(Span, &mut [R]) + Sync) {
        let work = self.values.len();
        let rows = self.rows;
        let parts = self.parts_mut(rows);
        if splits(work) {
            parts
                .into_par_iter()
                .for_each(|(span, _, panel)| body(span, panel));
        } else {
            parts.into_iter().for_each(|(span, _, panel)| body(span, panel));
        }
    }
}

/// Rows in panels, to be read only: each panel in memory of its own, which is written once.
#[derive(Debug)]
pub(crate) struct Rows<R>(Vec<Aligned<R>>);

impl<R: Real> Rows<R> {
    /// Those of `values [rows, width]`.
    pub(crate) fn pack(values: &[R], width: usize) -> Self {
        let panel = |span: Span| {
            with_stride!(span.stride, W => {
                let rows = values.chunks_exact(width).map(|row| columns::<R, W>(&row[span.first..], span));
                Aligned::of_rows(values.len() / width * W, rows)
            })
        };
        Rows(if splits(values.len()) {
            spans::<R>(width)
                .collect::<Vec<_>>()
                .into_par_iter()
                .map(panel)
                .collect()
        } else {
            spans::<R>(width).map(panel).collect()
        })
    }

    /// The rows `[rows, stride]` of one panel.
    pub(crate) fn panel(&self, span: Span) -> &[R] {
        &self.0[span.first / (PANEL / size_of::<R>())]
    }
}

/// The columns of `span`, with which `row` begins, with padding.
#[inline(always)]
pub(crate) fn columns<R: Real, const W: usize>(row: &[R], span: Span) -> [R; W] {
    match row.first_chunk::<W>() {
        // Of a size that is known: no call for every row.
        Some(whole) if span.columns == W => *whole,
        _ => {
            let mut padded = [R::ZERO; W];
            padded[..span.columns].copy_from_slice(&row[..span.columns]);
            padded
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Panels, Rows, spans};

    #[test]
    fn panels_hold_whole_vectors() {
        let cut: Vec<_> = spans::<f32>(74).map(|s| (s.first, s.columns, s.stride)).collect();
        assert_eq!(cut, [(0, 32, 32), (32, 32, 32), (64, 10, 16)]);
        let cut: Vec<_> = spans::<f64>(21).map(|s| (s.first, s.columns, s.stride)).collect();
        assert_eq!(cut, [(0, 16, 16), (16, 5, 8)]);
        assert_eq!(spans::<f32>(0).count(), 0);
    }

    #[test]
    fn packing_keeps_the_values_either_way() {
        for (rows, width) in [(1, 1), (3, 10), (37, 45), (16, 64), (5, 0), (0, 5)] {
            let values: Vec<f32> = (0..rows * width).map(|i| i as f32).collect();
            let turned: Vec<f32> = (0..rows * width)
                .map(|i| ((i % rows.max(1)) * width + i / rows.max(1)) as f32)
                .collect();
            let table = Panels::pack(&values, rows, width);
            assert_eq!(
                table,
                Panels::pack_transposed(&turned, rows, width),
                "{rows} x {width}"
            );
            if width > 0 {
                let packed = Rows::pack(&values, width);
                for span in spans::<f32>(width) {
                    assert_eq!(packed.panel(span), table.panel(span));
                }
            }
            let mut back = vec![0.0; rows * width];
            table.unpack_transposed(&mut back);
            assert_eq!(back, turned);
            table.unpack(&mut back);
            assert_eq!(back, values);
        }
    }
}
