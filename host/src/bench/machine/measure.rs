//! Measuring the rates.

use super::caches::Caches;
use super::loops::{PANEL, add_rows, membrane_update, triad};
use super::rates::{Bandwidth, Level, Rates, RowRate};
use crate::bench::stopwatch::nanoseconds;
use anyhow::Result;
use neurotrain_kernels::dense::{Matrix, product};
use neurotrain_plugin_api::rng::Stream;
use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// Side of the matrices of the dense product.
const SIDE: usize = 768;
/// Largest working set of all threads together.
const LARGEST: usize = 256 << 20;
/// Least time of one sample of a loop.
const SAMPLE: Duration = Duration::from_millis(4);
/// Samples of which the best counts.
const SAMPLES: usize = 12;

/// The rates of `threads` threads. Takes a second or two.
pub(crate) fn measure(threads: usize) -> Result<Rates> {
    let caches = Caches::of_this_machine();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    // Half a level is safely inside it, with the stack and the operands' other lines.
    let sizes = [
        caches.l1 / 2,
        caches.l2 / 2,
        8 * caches.l2,
        (4 * caches.l3).clamp(64 << 20, LARGEST) / threads,
    ];
    let bandwidth = std::array::from_fn(|i| Bandwidth {
        level: Level::ALL[i],
        bytes: sizes[i],
        copy_bytes_per_second: copy_rate(threads, sizes[i]),
        triad_bytes_per_second: triad_rate(threads, sizes[i]),
    });
    let rows = [
        (Level::L1, caches.l1 / 2),
        (Level::L2, caches.l2 / 2),
        (Level::L3, 8 * caches.l2),
    ]
    .map(|(level, bytes)| RowRate {
        level,
        bytes,
        adds_per_second: row_rate(threads, bytes),
    });
    Ok(Rates {
        threads,
        gemm_flops: pool.install(gemm_rate),
        bandwidth,
        rows,
        lif_updates_per_second: lif_rate(threads, caches.l2 / 2),
        caches,
    })
}

fn gemm_rate() -> f64 {
    let values = numbers(SIDE * SIDE);
    let mut out = vec![0.0_f32; SIDE * SIDE];
    let square = || Matrix::new(&values, SIDE, SIDE);
    let Ok(time) = nanoseconds(|| {
        product(square(), square(), &mut out, false);
        black_box(&mut out);
        Ok::<_, Infallible>(())
    });
    2e9 * (SIDE * SIDE * SIDE) as f64 / time
}

/// Membrane updates of a layer of neurons, on data of `bytes` per thread.
fn lif_rate(threads: usize, bytes: usize) -> f64 {
    let n = (bytes / 3 / size_of::<f32>()).max(1);
    let rate = rate(
        threads,
        || (vec![0.0_f32; n], numbers(n), vec![0.0_f32; n]),
        |(membrane, current, spikes)| {
            membrane_update(black_box(membrane), black_box(current), spikes);
            black_box(spikes);
        },
    );
    rate * n as f64
}

fn copy_rate(threads: usize, bytes: usize) -> f64 {
    let n = (bytes / 2 / size_of::<f32>()).max(1);
    let rate = rate(
        threads,
        || (numbers(n), vec![0.0_f32; n]),
        |(from, to)| {
            to.copy_from_slice(black_box(from));
            black_box(to);
        },
    );
    rate * (2 * n * size_of::<f32>()) as f64
}

fn triad_rate(threads: usize, bytes: usize) -> f64 {
    let n = (bytes / 3 / size_of::<f32>()).max(1);
    let rate = rate(
        threads,
        || (vec![0.0_f32; n], numbers(n), numbers(n)),
        |(a, b, c)| {
            triad(a, black_box(b), black_box(c), 0.5);
            black_box(a);
        },
    );
    rate * (3 * n * size_of::<f32>()) as f64
}

/// Additions per second of rows picked in ascending order with random gaps, as events pick them.
fn row_rate(threads: usize, bytes: usize) -> f64 {
    let rows = (bytes / size_of::<f32>() / PANEL).max(1);
    let mut draw = Stream::new(1, "bench/rows", 0);
    let list: Vec<u32> = (0..rows as u32).filter(|_| draw.uniform() < 0.25).collect();
    let rate = rate(
        threads,
        || (numbers(rows * PANEL), list.clone()),
        |(table, list)| {
            black_box(add_rows(black_box(table), black_box(list)));
        },
    );
    rate * (list.len() * PANEL) as f64
}

/// Executions of `body` per second by `threads` threads at once, each on a state of its own.
fn rate<S>(threads: usize, state: impl Fn() -> S + Sync, body: impl Fn(&mut S) + Sync) -> f64 {
    let repeats = repeats(&mut state(), &body);
    let barrier = Barrier::new(threads);
    let one = || {
        let mut state = state();
        body(&mut state);
        let mut seconds = [0.0; SAMPLES];
        for sample in &mut seconds {
            barrier.wait();
            let start = Instant::now();
            for _ in 0..repeats {
                body(&mut state);
            }
            *sample = start.elapsed().as_secs_f64();
        }
        seconds
    };
    let all: Vec<[f64; SAMPLES]> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        // A thread that panicked adds nothing, and its message is on the terminal.
        running
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .collect()
    });
    let executions = all.len() as f64 * f64::from(repeats);
    // A sample lasts as long as its slowest thread.
    (0..SAMPLES)
        .map(|k| executions / all.iter().map(|s| s[k]).fold(f64::MIN_POSITIVE, f64::max))
        .fold(0.0, f64::max)
}

/// How often `body` must run for a sample.
fn repeats<S>(state: &mut S, body: impl Fn(&mut S)) -> u32 {
    let mut repeats = 1_u32;
    loop {
        let start = Instant::now();
        for _ in 0..repeats {
            body(state);
        }
        if start.elapsed() >= SAMPLE || repeats >= 1 << 24 {
            return repeats;
        }
        repeats *= 2;
    }
}

/// Numbers around 0.4 that are neither zero nor denormal.
fn numbers(n: usize) -> Vec<f32> {
    (0..n).map(|i| 0.25 + (i % 97) as f32 / 256.0).collect()
}
