//! Event-driven and dense products at the shapes of fully connected layers, over a grid of densities.
//!
//! `cargo bench --workspace --bench products -- forward/784x256`

#![expect(missing_docs, reason = "criterion's macros make public items")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use neurotrain_kernels::dense::{Matrix, product};
use neurotrain_kernels::gather::sum_rows;
use neurotrain_kernels::gradient;
use neurotrain_kernels::{Events, Panels};
use std::hint::black_box;
use std::time::Duration;

/// Inputs, outputs, and rows: time steps times samples, fewer where a row is long.
const SHAPES: [(usize, usize, usize); 8] = [
    (784, 256, 2560),
    (784, 800, 2560),
    (3072, 1024, 640),
    (2312, 512, 1280),
    (32_768, 1024, 128),
    (700, 512, 2560),
    (256, 10, 2560),
    (512, 20, 2560),
];

/// Shares of ones, in thousandths.
const DENSITIES: [u64; 8] = [1, 5, 20, 50, 130, 250, 500, 1000];

fn forward(c: &mut Criterion) {
    for (inputs, outputs, rows) in SHAPES {
        let mut group = group(c, "forward", inputs, outputs, rows);
        let table = numbers(inputs * outputs);
        let panels = Panels::pack(&table, inputs, outputs);
        let mut out = vec![0.0_f32; rows * outputs];
        for density in DENSITIES {
            let events = events(rows, inputs, density);
            group.bench_function(id("events", density), |b| {
                b.iter(|| sum_rows(black_box(&events), &panels, &mut out));
            });
        }
        let input = numbers(rows * inputs);
        group.bench_function("dense", |b| {
            b.iter(|| {
                let (x, w) = (
                    Matrix::new(black_box(&input), rows, inputs),
                    Matrix::new(&table, inputs, outputs),
                );
                product(x, w, &mut out, false);
            });
        });
    }
}

fn weight_gradient(c: &mut Criterion) {
    for (inputs, outputs, rows) in SHAPES {
        let mut group = group(c, "weight_gradient", inputs, outputs, rows);
        let post = numbers(rows * outputs);
        let mut out = vec![0.0_f32; inputs * outputs];
        for density in DENSITIES {
            let events = events(rows, inputs, density);
            group.bench_function(id("events", density), |b| {
                b.iter(|| gradient::weight_gradient(black_box(&events), &post, outputs));
            });
        }
        let input = numbers(rows * inputs);
        group.bench_function("dense", |b| {
            b.iter(|| {
                let (x, d) = (
                    Matrix::new(black_box(&input), rows, inputs).t(),
                    Matrix::new(&post, rows, outputs),
                );
                product(x, d, &mut out, false);
            });
        });
    }
}

/// The product with the transposed weights (the gradient of the input), and the transposed event index.
fn transposed(c: &mut Criterion) {
    for (inputs, outputs, rows) in SHAPES {
        let mut group = group(c, "transposed", inputs, outputs, rows);
        for density in DENSITIES {
            let events = events(rows, inputs, density);
            group.bench_function(id("index", density), |b| {
                b.iter(|| black_box(&events).transpose());
            });
        }
        let (post, table) = (numbers(rows * outputs), numbers(inputs * outputs));
        let mut out = vec![0.0_f32; rows * inputs];
        group.bench_function("dense", |b| {
            b.iter(|| {
                let (d, w) = (
                    Matrix::new(black_box(&post), rows, outputs),
                    Matrix::new(&table, inputs, outputs).t(),
                );
                product(d, w, &mut out, false);
            });
        });
    }
}

fn group<'a>(
    c: &'a mut Criterion,
    name: &str,
    inputs: usize,
    outputs: usize,
    rows: usize,
) -> criterion::BenchmarkGroup<'a, criterion::measurement::WallTime> {
    let mut group = c.benchmark_group(format!("{name}/{inputs}x{outputs}"));
    group
        .throughput(Throughput::Elements((inputs * outputs * rows) as u64))
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300));
    group
}

fn id(name: &str, density: u64) -> BenchmarkId {
    BenchmarkId::new(name, format!("{}%", density as f64 / 10.0))
}

/// Ones at pseudo-random places, `density` thousandths of all.
fn events(rows: usize, cols: usize, density: u64) -> Events {
    let mut events = Events {
        rows,
        cols,
        offsets: vec![0],
        index: Vec::new(),
    };
    let mut state = 1_u64;
    for _ in 0..rows {
        events.index.extend((0..cols as u32).filter(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % 1000 < density
        }));
        events.offsets.push(events.index.len() as u32);
    }
    events
}

fn numbers(n: usize) -> Vec<f32> {
    (0..n).map(|i| 0.5 - (i % 101) as f32 / 128.0).collect()
}

criterion_group!(benches, forward, weight_gradient, transposed);
criterion_main!(benches);
