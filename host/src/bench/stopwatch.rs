//! Timing.

use std::time::{Duration, Instant};

/// Shortest time a sample may last, so that the clock's resolution does not matter.
const SAMPLE: Duration = Duration::from_millis(20);
/// Samples of which the least is reported: what the machine can do, undisturbed.
const SAMPLES: usize = 9;
/// Fewest executions of something long.
const FEWEST: u32 = 3;

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

/// Something measured for a given time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Timing {
    /// Seconds of the shortest execution.
    pub(super) least: f64,
    /// Seconds of an execution in the middle.
    pub(super) median: f64,
    /// Number of executions.
    pub(super) runs: u32,
}

/// Executes `body` one by one until `budget` is spent, and at least three times.
///
/// # Errors
/// The first error of `body`.
pub(super) fn for_a_while<E>(budget: Duration, mut body: impl FnMut() -> Result<(), E>) -> Result<Timing, E> {
    let begin = Instant::now();
    let mut seconds = Vec::new();
    while seconds.len() < FEWEST as usize || begin.elapsed() < budget {
        let start = Instant::now();
        body()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(Timing {
        least: seconds[0],
        median: seconds[seconds.len() / 2],
        runs: u32::try_from(seconds.len()).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_executions_at_least_and_errors_end_it() {
        let timing = for_a_while(Duration::ZERO, || Ok::<(), ()>(())).unwrap();
        assert_eq!(timing.runs, 3);
        assert!(timing.least <= timing.median);
        let mut calls = 0;
        let failed = for_a_while(Duration::ZERO, || {
            calls += 1;
            if calls == 2 { Err("no") } else { Ok(()) }
        });
        assert_eq!((failed, calls), (Err("no"), 2));
    }
}
