//! The threads that a process computes with.

use rayon::{ThreadPoolBuildError, ThreadPoolBuilder, Yield};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Thread, current, park_timeout, yield_now};
use std::time::{Duration, Instant};

/// How long a thread looks for work, within a step, before it takes naps.
const PATIENCE: Duration = Duration::from_millis(1);
/// The first nap within a step; the next ones are longer.
const NAP: Duration = Duration::from_micros(100);
/// The longest one, and those between steps.
const LONGEST_NAP: Duration = Duration::from_millis(2);

/// Steps in progress.
static STEPS: AtomicUsize = AtomicUsize::new(0);
/// The threads that help with them.
static HELPERS: Mutex<Vec<Thread>> = Mutex::new(Vec::new());

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
        .build_global()?;
    let own = rayon::current_thread_index();
    rayon::spawn_broadcast(move |thread| {
        if Some(thread.index()) != own {
            help();
        }
    });
    // A thread that took up something else first would help in the middle of it, and never come back to it.
    let others = rayon::current_num_threads().saturating_sub(1);
    while helpers().len() < others {
        std::thread::sleep(NAP);
    }
    Ok(())
}

fn helpers() -> MutexGuard<'static, Vec<Thread>> {
    HELPERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `body`, a step of training or evaluation, with the other threads of the pool awake. A step forks at every operation,
/// and waking a thread takes several times as long as what it is woken for.
pub(crate) fn attentive<T>(body: impl FnOnce() -> T) -> T {
    let _step = Step::begin();
    body()
}

struct Step;

impl Step {
    fn begin() -> Step {
        if STEPS.fetch_add(1, Release) == 0 {
            helpers().iter().for_each(Thread::unpark);
        }
        Step
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        STEPS.fetch_sub(1, Release);
    }
}

/// Does what other threads fork, for ever: it is the first job of its thread, so that nobody ever waits for one in whose
/// middle it was taken up.
fn help() {
    helpers().push(current());
    let (mut last, mut nap) = (Instant::now(), NAP);
    loop {
        let in_step = STEPS.load(Acquire) > 0;
        match rayon::yield_now() {
            Some(Yield::Executed) => (last, nap) = (Instant::now(), NAP),
            // Whoever else wants this processor gets it.
            _ if in_step && last.elapsed() < PATIENCE => yield_now(),
            _ if in_step => {
                park_timeout(nap);
                nap = LONGEST_NAP.min(2 * nap);
            }
            _ => {
                park_timeout(LONGEST_NAP);
                (last, nap) = (Instant::now(), NAP);
            }
        }
    }
}
