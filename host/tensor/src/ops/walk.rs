//! Broadcast iteration over strided operands.

use crate::dims::MAX_RANK;
use candle_core::Layout;
use neurotrain_kernels::parallel::splits;
use rayon::prelude::*;

/// Elements of one task of a parallel pass.
const TASK: usize = 1 << 14;

/// How `N` operands are read to fill a contiguous result: axes over which all advance evenly are merged, and the last
/// one is the inner loop.
pub(crate) struct Walk<const N: usize> {
    rank: usize,
    dims: [usize; MAX_RANK],
    strides: [[usize; MAX_RANK]; N],
    starts: [usize; N],
}

/// One run of the inner loop: where each operand starts and how it advances.
#[derive(Clone, Copy)]
pub(crate) struct Run<const N: usize> {
    pub(crate) at: [usize; N],
    pub(crate) step: [usize; N],
}

impl<const N: usize> Walk<N> {
    /// Operands of these layouts, each of which broadcasts to `out` (at most eight axes).
    pub(crate) fn new(out: &[usize], layouts: [&Layout; N]) -> Walk<N> {
        let mut walk = Walk {
            rank: 0,
            dims: [0; MAX_RANK],
            strides: [[0; MAX_RANK]; N],
            starts: layouts.map(Layout::start_offset),
        };
        for (axis, &length) in out.iter().enumerate() {
            if length == 1 {
                continue;
            }
            let strides = layouts.map(|layout| {
                let from_end = out.len() - axis;
                match layout.dims().len().checked_sub(from_end) {
                    Some(own) if layout.dims()[own] != 1 => layout.stride()[own],
                    _ => 0,
                }
            });
            walk.push(length, strides);
        }
        if walk.rank == 0 {
            walk.push(1, [0; N]);
        }
        walk
    }

    fn push(&mut self, length: usize, strides: [usize; N]) {
        if self.rank > 0 {
            let last = self.rank - 1;
            if (0..N).all(|k| self.strides[k][last] == length * strides[k]) {
                self.dims[last] *= length;
                for (k, stride) in strides.into_iter().enumerate() {
                    self.strides[k][last] = stride;
                }
                return;
            }
        }
        self.dims[self.rank] = length;
        for (k, stride) in strides.into_iter().enumerate() {
            self.strides[k][self.rank] = stride;
        }
        self.rank += 1;
    }

    /// The one run that fills a result of `count` elements, where all operands lie evenly and there is little to do.
    pub(crate) fn single(&self, count: usize) -> Option<Run<N>> {
        if self.rank != 1 || count == 0 || splits(count) {
            return None;
        }
        Some(Run {
            at: self.starts,
            step: std::array::from_fn(|k| self.strides[k][0]),
        })
    }

    /// Calls `body` for every run with its part of `out`, in parallel when there is much to do. The partition depends
    /// on the shape alone.
    pub(crate) fn fill<E: Send>(&self, out: &mut [E], body: impl Fn(&mut [E], Run<N>) + Sync) {
        if out.is_empty() {
            return;
        }
        if !splits(out.len()) {
            self.part(out, 0, self.starts, &body);
            return;
        }
        let row = out.len() / self.dims[0];
        let rows = (TASK / row).max(1);
        out.par_chunks_mut(rows * row)
            .enumerate()
            .for_each(|(task, part)| {
                let mut at = self.starts;
                for (k, at) in at.iter_mut().enumerate() {
                    *at += task * rows * self.strides[k][0];
                }
                self.part(part, 0, at, &body);
            });
    }

    fn part<E>(&self, out: &mut [E], axis: usize, at: [usize; N], body: &impl Fn(&mut [E], Run<N>)) {
        if axis + 1 == self.rank {
            let step = std::array::from_fn(|k| self.strides[k][axis]);
            body(out, Run { at, step });
            return;
        }
        let row: usize = self.dims[axis + 1..self.rank].iter().product();
        let mut at = at;
        for part in out.chunks_mut(row) {
            self.part(part, axis + 1, at, body);
            for (k, at) in at.iter_mut().enumerate() {
                *at += self.strides[k][axis];
            }
        }
    }
}

/// The shape that two broadcast to, or `None`.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Option<crate::Dims> {
    if a == b {
        return crate::Dims::new(a).ok();
    }
    let rank = a.len().max(b.len());
    let mut out = [0; MAX_RANK];
    for (axis, out) in out.iter_mut().enumerate().take(rank) {
        let length = |dims: &[usize]| (axis + dims.len()).checked_sub(rank).map_or(1, |own| dims[own]);
        *out = match (length(a), length(b)) {
            (x, y) if x == y => x,
            (1, y) => y,
            (x, 1) => x,
            _ => return None,
        };
    }
    crate::Dims::new(&out[..rank]).ok()
}

/// `out[i] = f(a[i])`.
#[inline(always)]
pub(crate) fn run1<A: Copy, E>(out: &mut [E], run: Run<1>, a: &[A], f: impl Fn(A) -> E) {
    let [at] = run.at;
    match run.step {
        [1] => {
            for (o, x) in out.iter_mut().zip(&a[at..]) {
                *o = f(*x);
            }
        }
        [step] => {
            for (i, o) in out.iter_mut().enumerate() {
                *o = f(a[at + i * step]);
            }
        }
    }
}

/// `out[i] = f(a[i], b[i])`.
#[inline(always)]
pub(crate) fn run2<A: Copy, E>(out: &mut [E], run: Run<2>, a: &[A], b: &[A], f: impl Fn(A, A) -> E) {
    let [at, bt] = run.at;
    match run.step {
        [1, 1] => {
            for ((o, x), y) in out.iter_mut().zip(&a[at..]).zip(&b[bt..]) {
                *o = f(*x, *y);
            }
        }
        [1, 0] => {
            let y = b[bt];
            for (o, x) in out.iter_mut().zip(&a[at..]) {
                *o = f(*x, y);
            }
        }
        [0, 1] => {
            let x = a[at];
            for (o, y) in out.iter_mut().zip(&b[bt..]) {
                *o = f(x, *y);
            }
        }
        [sa, sb] => {
            for (i, o) in out.iter_mut().enumerate() {
                *o = f(a[at + i * sa], b[bt + i * sb]);
            }
        }
    }
}

/// `out[i] = f(a[i], b[i], c[i])`.
#[inline(always)]
pub(crate) fn run3<A: Copy, E>(
    out: &mut [E],
    run: Run<3>,
    a: &[A],
    b: &[A],
    c: &[A],
    f: impl Fn(A, A, A) -> E,
) {
    let [at, bt, ct] = run.at;
    match run.step {
        [1, 1, 1] => {
            for (((o, x), y), z) in out.iter_mut().zip(&a[at..]).zip(&b[bt..]).zip(&c[ct..]) {
                *o = f(*x, *y, *z);
            }
        }
        [sa, sb, sc] => {
            for (i, o) in out.iter_mut().enumerate() {
                *o = f(a[at + i * sa], b[bt + i * sb], c[ct + i * sc]);
            }
        }
    }
}
