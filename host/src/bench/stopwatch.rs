//! Timing.

use std::time::{Duration, Instant};

/// Shortest time a sample may last, so that the clock's resolution does not matter.
const SAMPLE: Duration = Duration::from_millis(20);
/// Samples of which the least is reported: what the machine can do, undisturbed.
const SAMPLES: usize = 9;

/// Nanoseconds of one execution of `body`: the least of several samples.
///
/// # Errors
/// The first error of `body`.
pub(super) fn nanoseconds<E>(mut body: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let mut repeats = 1_u32;
    loop {
        let start = Instant::now();
        for _ in 0..repeats {
            body()?;
        }
        if start.elapsed() >= SAMPLE {
            break;
        }
        repeats = repeats.saturating_mul(2);
    }
    let mut least = f64::INFINITY;
    for _ in 0..SAMPLES {
        let start = Instant::now();
        for _ in 0..repeats {
            body()?;
        }
        least = least.min(start.elapsed().as_nanos() as f64 / f64::from(repeats));
    }
    Ok(least)
}
