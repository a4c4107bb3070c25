//! Fixed partitions over the threads of the current pool.

use rayon::prelude::*;

/// Element operations below which a pass stays on the calling thread: a fork and join costs 2 to 3 µs where the other
/// threads are awake, these about ten times as much.
pub const SERIAL_WORK: usize = 1 << 16;

/// Columns of one task of a column-wise pass.
pub(crate) const COLUMNS: usize = 4096;

/// Whether a pass of `work` element operations is split: by size, so that nothing depends on the number of threads. A
/// split pass computes every element as one that is not.
pub fn splits(work: usize) -> bool {
    work >= SERIAL_WORK && !outside_of_one()
}

/// Whether the calling thread looks at a pool of one thread from outside: that thread may be waiting for the caller.
pub fn outside_of_one() -> bool {
    rayon::current_thread_index().is_none() && rayon::current_num_threads() == 1
}

/// Calls `body(first_element, chunk)` for every `chunk` elements of `data`, in parallel when `work` is large.
pub fn chunks_mut<R: Send>(data: &mut [R], chunk: usize, work: usize, body: impl Fn(usize, &mut [R]) + Sync) {
    let chunk = chunk.max(1);
    if splits(work) {
        data.par_chunks_mut(chunk)
            .enumerate()
            .for_each(|(i, part)| body(i * chunk, part));
    } else {
        data.chunks_mut(chunk)
            .enumerate()
            .for_each(|(i, part)| body(i * chunk, part));
    }
}

/// Cuts a row-major `[steps, width]` array into column blocks: for each block the parts of all steps, in order.
pub(crate) fn column_blocks<R>(data: &[R], width: usize, block: usize) -> Vec<Vec<&[R]>> {
    let mut blocks: Vec<Vec<&[R]>> = (0..width.div_ceil(block.max(1))).map(|_| Vec::new()).collect();
    for step in data.chunks_exact(width.max(1)) {
        for (list, part) in blocks.iter_mut().zip(step.chunks(block.max(1))) {
            list.push(part);
        }
    }
    blocks
}

/// The exclusive form of [`column_blocks`].
pub(crate) fn column_blocks_mut<R>(data: &mut [R], width: usize, block: usize) -> Vec<Vec<&mut [R]>> {
    let mut blocks: Vec<Vec<&mut [R]>> = (0..width.div_ceil(block.max(1))).map(|_| Vec::new()).collect();
    for step in data.chunks_exact_mut(width.max(1)) {
        for (list, part) in blocks.iter_mut().zip(step.chunks_mut(block.max(1))) {
            list.push(part);
        }
    }
    blocks
}

/// Runs `body` on every task, in parallel when `work` is large.
pub(crate) fn tasks<T: Send>(tasks: Vec<T>, work: usize, body: impl Fn(T) + Sync) {
    if splits(work) {
        tasks.into_par_iter().for_each(&body);
    } else {
        tasks.into_iter().for_each(&body);
    }
}
