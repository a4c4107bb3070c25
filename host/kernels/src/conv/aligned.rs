//! Buffers whose first element begins a cache line, so that vectors of whole rows do not straddle two.

use crate::Real;

const LINE: usize = 64;

/// A growing buffer that begins with a cache line.
#[derive(Debug, Default)]
pub(super) struct Aligned<R> {
    values: Vec<R>,
    start: usize,
    len: usize,
}

impl<R: Real> Aligned<R> {
    /// `len` zeros.
    pub(super) fn zeros(len: usize) -> Self {
        let mut buffer = Aligned {
            values: Vec::new(),
            start: 0,
            len: 0,
        };
        buffer.resize(len);
        buffer
    }

    /// Makes it `len` elements long, with whatever values.
    pub(super) fn resize(&mut self, len: usize) -> &mut [R] {
        let spare = LINE / size_of::<R>();
        if self.values.len() < len + spare {
            self.values = vec![R::ZERO; len + spare];
            self.start = self.values.as_ptr().align_offset(LINE).min(spare);
        }
        self.len = len;
        self
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
