//! Event-driven weight gradients: for every input the sum of the postsynaptic rows of the samples in which it fired.

mod outer;
mod turned;

pub(crate) use self::outer::{is_outer, outer};
use self::turned::{CHUNK, Marks, Turned};
use crate::aligned::Aligned;
use crate::gather::{add_rows, sum_two};
use crate::order::{Lines, Put, fill, put};
use crate::panels::{PANEL, Rows, Span, columns, spans, with_stride};
use crate::parallel::splits;
use crate::{Events, Order, Panels, Real};
use multiversion::multiversion;
use rayon::prelude::*;

/// Inputs of one task.
const INPUTS: usize = 64;
/// The same where there are several chunks: the postsynaptic side is read once for each task.
const MANY_INPUTS: usize = 1024;
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
    if is_outer(events.rows, width) {
        return outer(&events.to_dense::<R>(), post, order, out);
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
        |span, first, lines| {
            with_stride!(span.stride, W => gather::<R, W>(&turned, first, &post, span, Put::Set, lines));
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
        let lines = Lines::of_panel(part, span);
        with_stride!(span.stride, W => gather::<R, W>(&turned, first, &post, span, Put::Add(scale), lines));
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
        return (rows + inputs) * width * size_of::<R>() + Marks::bytes(rows, inputs);
    }
    let packed = match rows {
        0..=CHUNK => rows * width * size_of::<R>(),
        _ => CHUNK * panel,
    };
    packed + inputs.min(MANY_INPUTS) * panel + Marks::bytes(rows, inputs)
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

/// Inputs `first..`, as many as there are lines, all of one block.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn gather<R: Real, const W: usize>(
    turned: &Turned,
    first: usize,
    post: &Post<'_, R>,
    span: Span,
    mut how: Put<R>,
    mut lines: Lines<'_, R>,
) {
    let mut buffer = Aligned::zeros(0);
    for (chunk, events) in turned.block_of(first).iter().enumerate() {
        let rows = post.rows::<W>(span, [chunk * turned.chunk, turned.chunk], &mut buffer);
        let mut lines = (first % turned.block..).zip(lines.each());
        while let Some((k, line)) = lines.next() {
            match lines.next() {
                Some((next, other)) => {
                    let sums = sum_two(events.row(k), events.row(next), rows);
                    put(&sums[0], line, span, how);
                    put(&sums[1], other, span, how);
                }
                None => {
                    let mut sum = [R::ZERO; W];
                    add_rows(&mut sum, events.row(k), rows);
                    put(&sum, line, span, how);
                }
            }
        }
        if let Put::Set = how {
            how = Put::Add(R::ONE);
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
