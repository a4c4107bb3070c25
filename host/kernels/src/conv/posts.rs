//! The non-zero elements of gradients, by position.

use super::{Conv, Post};
use crate::Real;

/// The non-zero elements of one sample's gradient: for every position `(output, value)`, by output.
pub(super) struct Posts<R> {
    starts: Vec<u32>,
    terms: Vec<(u32, R)>,
    found: Vec<(u32, u32, R)>,
}

impl<R: Real> Posts<R> {
    pub(super) fn new(conv: &Conv) -> Self {
        Posts {
            starts: vec![0; conv.positions() + 2],
            terms: Vec::new(),
            found: Vec::new(),
        }
    }

    /// The terms of a position; their outputs are multiplied by the `pitch` of [`gather`](Posts::gather).
    #[inline(always)]
    pub(super) fn of(&self, position: usize) -> &[(u32, R)] {
        &self.terms[self.starts[position] as usize..self.starts[position + 1] as usize]
    }

    /// Lists those of `sample`, with `output * pitch` in place of the output.
    pub(super) fn gather(&mut self, conv: &Conv, post: &Post<'_, R>, sample: usize, pitch: usize) {
        // A stable counting sort by position.
        self.starts.fill(0);
        let most = match post {
            Post::Map(_) => conv.output(),
            Post::Pooled(pooled) => conv.outputs * pooled.pool.window(conv).output(),
        };
        self.found.resize(most, (0, 0, R::ZERO));
        let mut count = 0;
        let (found, starts) = (&mut self.found, &mut self.starts);
        post.each(conv, sample, 0..conv.outputs, |output, position, value| {
            let one = usize::from(value != R::ZERO);
            found[count] = (position as u32, (output * pitch) as u32, value);
            starts[position + 2] += one as u32;
            count += one;
        });
        let mut sum = 0;
        for start in &mut self.starts {
            sum += *start;
            *start = sum;
        }
        self.terms.resize(count, (0, R::ZERO));
        for (position, output, value) in &self.found[..count] {
            let next = &mut self.starts[*position as usize + 1];
            self.terms[*next as usize] = (*output, *value);
            *next += 1;
        }
    }
}
