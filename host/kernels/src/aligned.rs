//! Buffers whose first element begins a cache line, so that vectors of whole rows do not straddle two.

use crate::Real;

const LINE: usize = 64;

/// A growing buffer that begins with a cache line.
#[derive(Debug, Default)]
pub(crate) struct Aligned<R> {
    values: Vec<R>,
    start: usize,
    len: usize,
}

impl<R: Real> Aligned<R> {
    /// `len` zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        let mut buffer = Aligned {
            values: Vec::new(),
            start: 0,
            len: 0,
        };
        buffer.resize(len);
        buffer
    }

    /// Holds `rows` behind each other, `len` elements in all.
    pub(crate) fn of_rows<const W: usize>(len: usize, rows: impl Iterator<Item = [R; W]>) -> Self {
        let spare = LINE / size_of::<R>();
        let mut values: Vec<R> = Vec::with_capacity(len + spare);
        let start = values.as_ptr().align_offset(LINE).min(spare);
        values.resize(start, R::ZERO);
        rows.for_each(|row| values.extend_from_slice(&row));
        let len = values.len() - start;
        Aligned { values, start, len }
    }

    /// Makes it `len` elements long, with whatever values.
    pub(crate) fn resize(&mut self, len: usize) -> &mut [R] {
        let spare = LINE / size_of::<R>();
        if self.values.len() < len + spare {
            self.values = vec![R::ZERO; len + spare];
            self.start = self.values.as_ptr().align_offset(LINE).min(spare);
        }
        self.len = len;
        self
    }
}

impl<R: Real> Clone for Aligned<R> {
    fn clone(&self) -> Self {
        let mut copy = Aligned::zeros(self.len);
        copy.copy_from_slice(self);
        copy
    }
}

impl<R: PartialEq> PartialEq for Aligned<R> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl<R> std::ops::Deref for Aligned<R> {
    type Target = [R];
    fn deref(&self) -> &[R] {
        &self.values[self.start..self.start + self.len]
    }
}

impl<R> std::ops::DerefMut for Aligned<R> {
    fn deref_mut(&mut self) -> &mut [R] {
        &mut self.values[self.start..self.start + self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::{Aligned, LINE};

    #[test]
    fn every_buffer_begins_a_line() {
        let rows = [[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]];
        let buffer = Aligned::of_rows(6, rows.into_iter());
        assert_eq!(
            (buffer.as_ptr().addr() % LINE, &buffer[..]),
            (0, rows.as_flattened())
        );
        for len in [0, 1, 100, 70_000] {
            let mut values = Aligned::<f32>::zeros(len);
            values.iter_mut().zip(0u8..).for_each(|(v, k)| *v = f32::from(k));
            let copy = values.clone();
            assert_eq!(copy, values);
            for buffer in [&values, &copy] {
                assert_eq!((buffer.as_ptr().addr() % LINE, buffer.len()), (0, len));
            }
        }
    }
}
