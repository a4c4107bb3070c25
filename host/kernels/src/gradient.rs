//! Event-driven weight gradients: for every input the sum of the postsynaptic rows of the samples in which it fired.

use crate::aligned::Aligned;
use crate::gather::add_rows;
use crate::order::fill;
use crate::panels::{PANEL, Rows, Span, columns, spans, with_stride};
use crate::parallel::splits;
use crate::{Events, Order, Panels, Real};
use multiversion::multiversion;
use rayon::prelude::*;

/// Rows of the event index that are transposed together; their share of a postsynaptic panel stays in the second-level cache.
const CHUNK: usize = 512;
/// The same where events are many: every chunk has enough of them to repay a sum of its own, and the panel is nearer.
const DENSE_CHUNK: usize = 256;
/// Elements per event up to which they are.
const MANY: usize = 10;
/// Inputs of one task.
const INPUTS: usize = 64;
/// The same where there are several chunks: the postsynaptic side is read once for each task.
const MANY_INPUTS: usize = 1024;
/// Blocks of inputs that an index of few chunks is turned in.
const BLOCKS: usize = 4;
/// Widest postsynaptic side, in bytes, that is scattered event by event.
const NARROW: usize = 64;
/// Events up to which that is done.
const SCATTER: usize = 1 << 19;
/// Inputs per event from which a table is changed event by event, without a look at the inputs that are silent.
const FEW: usize = 4;
/// Panels from which each is a task of its own.
const PANELS: usize = 4;

/// The gradient of weights `[width, events.cols]` for postsynaptic rows `post [events.rows, width]`:
/// `out[o, c] = Σ post[r, o]` over the rows `r`, ascending, in which column `c` holds a one.
///
/// # Panics
/// When the sizes do not fit.
pub fn weight_gradient<R: Real>(events: &Events, post: &[R], width: usize) -> Vec<R> {
    let mut out = vec![R::ZERO; width * events.cols];
    weight_gradient_into(events, post, width, Order::Rows, &mut out);
    out
}

/// [`weight_gradient`] into `out [width, events.cols]`, all of which is written, in the given order.
///
/// # Panics
/// When the sizes do not fit.
pub fn weight_gradient_into<R: Real>(events: &Events, post: &[R], width: usize, order: Order, out: &mut [R]) {
    assert_eq!(
        post.len(),
        events.rows * width,
        "postsynaptic side of a weight gradient"
    );
    let (inputs, split) = (events.cols, splits(events.nnz() * width));
    assert_eq!(out.len(), width * inputs, "a weight gradient");
    if events.nnz() == 0 || width == 0 {
        out.fill(R::ZERO);
        return;
    }
    if spans::<R>(width).count() < PANELS {
        let mut sums = Panels::zeros(inputs, width);
        add_weight_gradient(events, post, R::ONE, &mut sums);
        return sums.write(order, out);
    }
    let turned = Turned::of(events, split);
    let post = Post::of(post, width, &turned);
    let together = turned.together();
    fill(
        out,
        order,
        [width, inputs],
        together,
        split,
        |span, first, part| {
            with_stride!(span.stride, W => gather::<R, W>(&turned, first, &post, span, R::ONE, part));
        },
    );
}

/// `table[c, :] += scale Σ post[r, :]` for the transposed weights `table [events.cols, width]`, without forming the
/// gradient; rows are summed and added in chunks, or one by one where events are few.
///
/// # Panics
/// When the sizes do not fit.
pub fn add_weight_gradient<R: Real>(events: &Events, post: &[R], scale: R, table: &mut Panels<R>) {
    let width = table.width();
    assert_eq!(
        post.len(),
        events.rows * width,
        "postsynaptic side of a weight gradient"
    );
    assert_eq!(table.rows(), events.cols, "event-driven weight gradient");
    if events.nnz() == 0 || width == 0 {
        return;
    }
    if events.nnz() * FEW <= events.cols {
        let post = Rows::pack(post, width);
        for (span, _, part) in table.parts_mut(events.cols) {
            with_stride!(span.stride, W => add_each::<R, W>(events, post.panel(span), scale, part));
        }
        return;
    }
    let split = splits(events.nnz() * width);
    // Every chunk has sums of its own: fewer events than those have places are better turned.
    let worth = events.rows.div_ceil(CHUNK) * events.cols..=SCATTER;
    if width * size_of::<R>() <= NARROW && worth.contains(&events.nnz()) {
        let post = Rows::pack(post, width);
        for (span, _, part) in table.parts_mut(events.cols) {
            with_stride!(span.stride, W => scatter_all::<R, W>(events, post.panel(span), scale, part, split));
        }
        return;
    }
    let turned = Turned::of(events, split);
    let post = Post::of(post, width, &turned);
    let add = |(span, first, part): (Span, usize, &mut [R])| {
        with_stride!(span.stride, W => gather::<R, W>(&turned, first, &post, span, scale, part));
    };
    let parts = table.parts_mut(turned.together());
    if split {
        parts.into_par_iter().for_each(add);
    } else {
        parts.into_iter().for_each(add);
    }
}

/// Bytes that a gradient of `rows` rows takes about on a thread, beside its result: the postsynaptic side in panels, or of many
/// rows a chunk's share of one panel; and sums of a panel's width, or of all where there are few.
pub fn scratch_bytes<R>(rows: usize, [width, inputs]: [usize; 2]) -> usize {
    let panel = PANEL.min(width * size_of::<R>());
    if spans::<R>(width).count() < PANELS {
        return (rows + inputs) * width * size_of::<R>();
    }
    let packed = match rows {
        0..=CHUNK => rows * width * size_of::<R>(),
        _ => CHUNK * panel,
    };
    packed + inputs.min(MANY_INPUTS) * panel
}

/// An index by input, in chunks of rows and in blocks of inputs.
struct Turned {
    /// Inputs of a block, a multiple of those of a task or fewer.
    block: usize,
    /// Rows of a chunk, and how many there are.
    chunk: usize,
    chunks: usize,
    /// Block by block, from the first rows to the last ones.
    parts: Vec<Events>,
}

impl Turned {
    fn of(events: &Events, split: bool) -> Turned {
        let chunk = match events.nnz() * MANY >= events.rows * events.cols {
            true => DENSE_CHUNK,
            false => CHUNK,
        };
        let chunks = events.rows.div_ceil(chunk);
        // Few chunks give the threads too little to share.
        let blocks = if chunks < BLOCKS { BLOCKS } else { 1 };
        let even = events.cols.div_ceil(blocks);
        let block = match even > MANY_INPUTS {
            true => even.next_multiple_of(MANY_INPUTS),
            false => even.next_multiple_of(INPUTS),
        };
        let places: Vec<_> = (0..events.cols)
            .step_by(block)
            .flat_map(|col| (0..events.rows).step_by(chunk).map(move |row| (row, col)))
            .collect();
        let turn = |&(row, col): &(usize, usize)| {
            let rows = row..events.rows.min(row + chunk);
            match block >= events.cols {
                true => events.transpose_rows(row, rows.len()),
                false => events.transpose_part(rows, col..events.cols.min(col + block)),
            }
        };
        let parts = if split {
            places.par_iter().map(turn).collect()
        } else {
            places.iter().map(turn).collect()
        };
        Turned {
            block,
            chunk,
            chunks,
            parts,
        }
    }

    /// Inputs that are best worked on together.
    fn together(&self) -> usize {
        match self.chunks {
            0 | 1 => INPUTS,
            _ => MANY_INPUTS.min(self.block),
        }
    }

    /// The chunks of the block of an input.
    fn block_of(&self, input: usize) -> &[Events] {
        &self.parts[input / self.block * self.chunks..][..self.chunks]
    }
}

/// Postsynaptic rows, of which [`gather`] takes a panel's share of a chunk at a time.
enum Post<'a, R> {
    /// For tasks that share them.
    Packed(Rows<R>),
    /// Row-major values `[rows, width]`: many rows are packed where they are used, while they are near.
    Plain(&'a [R], usize),
}

impl<'a, R: Real> Post<'a, R> {
    fn of(values: &'a [R], width: usize, turned: &Turned) -> Self {
        match turned.chunks {
            0 | 1 => Post::Packed(Rows::pack(values, width)),
            _ => Post::Plain(values, width),
        }
    }

    /// `len` rows from `first` on, or as many as there are, in the panel of `span`.
    #[inline(always)]
    fn rows<'b, const W: usize>(
        &'b self,
        span: Span,
        [first, len]: [usize; 2],
        buffer: &'b mut Aligned<R>,
    ) -> &'b [[R; W]] {
        match self {
            Post::Packed(rows) => {
                let (rows, _) = rows.panel(span).as_chunks::<W>();
                &rows[first..rows.len().min(first + len)]
            }
            Post::Plain(values, width) => {
                let values = &values[first * width..values.len().min((first + len) * width)];
                let (rows, _) = buffer.resize(values.len() / width * W).as_chunks_mut::<W>();
                for (target, row) in rows.iter_mut().zip(values.chunks_exact(*width)) {
                    *target = columns::<R, W>(&row[span.first..], span);
                }
                rows
            }
        }
    }
}

/// Inputs `first..`, as many as `part` holds, all of one block.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn gather<R: Real, const W: usize>(
    turned: &Turned,
    first: usize,
    post: &Post<'_, R>,
    span: Span,
    scale: R,
    part: &mut [R],
) {
    let (targets, _) = part.as_chunks_mut::<W>();
    let mut buffer = Aligned::zeros(0);
    for (chunk, events) in turned.block_of(first).iter().enumerate() {
        let rows = post.rows::<W>(span, [chunk * turned.chunk, turned.chunk], &mut buffer);
        for (k, target) in targets.iter_mut().enumerate() {
            let mut sum = [R::ZERO; W];
            add_rows(&mut sum, events.row(first % turned.block + k), rows);
            for (t, s) in target.iter_mut().zip(&sum) {
                *t += scale * *s;
            }
        }
    }
}

/// One event after the other, straight into the table.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn add_each<R: Real, const W: usize>(events: &Events, panel: &[R], scale: R, part: &mut [R]) {
    let (rows, _) = panel.as_chunks::<W>();
    let (targets, _) = part.as_chunks_mut::<W>();
    for (row, terms) in rows.iter().enumerate() {
        for &c in events.row(row) {
            for (t, s) in targets[c as usize].iter_mut().zip(terms) {
                *t += scale * *s;
            }
        }
    }
}

/// The sums of rows `first..first + len` for all inputs of a narrow table, event by event.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn scatter<R: Real, const W: usize>(events: &Events, panel: &[R], first: usize, len: usize) -> Vec<[R; W]> {
    let mut sums = vec![[R::ZERO; W]; events.cols];
    let (rows, _) = panel.as_chunks::<W>();
    for (row, terms) in rows.iter().enumerate().skip(first).take(len) {
        for &c in events.row(row) {
            // In a copy, or the compiler takes one element at a time.
            let mut sum = sums[c as usize];
            sum.iter_mut().zip(terms).for_each(|(s, t)| *s += *t);
            sums[c as usize] = sum;
        }
    }
    sums
}

/// All inputs of a narrow table: chunk by chunk as [`gather`] does it, with the same order of terms.
fn scatter_all<R: Real, const W: usize>(events: &Events, panel: &[R], scale: R, part: &mut [R], split: bool) {
    let starts: Vec<usize> = (0..events.rows).step_by(CHUNK).collect();
    let sums_of = |first: &usize| scatter::<R, W>(events, panel, *first, CHUNK);
    let sums: Vec<Vec<[R; W]>> = if split {
        starts.par_iter().map(sums_of).collect()
    } else {
        starts.iter().map(sums_of).collect()
    };
    let (targets, _) = part.as_chunks_mut::<W>();
    for sums in &sums {
        for (target, sum) in targets.iter_mut().zip(sums) {
            for (t, s) in target.iter_mut().zip(sum) {
                *t += scale * *s;
            }
        }
    }
}
