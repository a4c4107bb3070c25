//! Time of the processor that the calling thread had, which neighbours on a loaded machine disturb least.

use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;

/// Shortest time of a sample in nanoseconds, so that reading the clock does not count.
const SAMPLE: f64 = 30_000.0;

/// Something measured again and again, of which the least counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopwatch {
    repeats: u32,
    least: f64,
}

impl Stopwatch {
    pub(super) fn new() -> Self {
        Stopwatch {
            repeats: 1,
            least: f64::INFINITY,
        }
    }

    /// Takes one sample of `body`.
    pub(super) fn sample<T>(&mut self, mut body: impl FnMut() -> T) {
        loop {
            let start = now();
            for _ in 0..self.repeats {
                black_box(body());
            }
            let taken = now() - start;
            if taken >= SAMPLE {
                self.least = self.least.min(taken / f64::from(self.repeats));
                return;
            }
            // The clock may stand still for something very short.
            let wanted = 1.2 * SAMPLE / taken.max(100.0);
            self.repeats = (f64::from(self.repeats) * wanted).ceil() as u32;
        }
    }

    /// Nanoseconds of one execution.
    pub(super) fn nanoseconds(self) -> f64 {
        self.least
    }
}

fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
