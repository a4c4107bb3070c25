//! The threads that a process computes with.

use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};

/// Makes a pool of `threads`, as many as `RAYON_NUM_THREADS` says when 0, of which the calling thread is one.
///
/// A fork from inside the pool reaches threads that are awake; one from outside puts its caller to sleep and wakes
/// others, at every operation. Other threads must not wait for a pool of one: `neurotrain_kernels::parallel` keeps their
/// operations where they are.
///
/// # Errors
/// When the process has a pool already.
pub(crate) fn join_threads(threads: usize) -> Result<(), ThreadPoolBuildError> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .use_current_thread()
        .build_global()
}
