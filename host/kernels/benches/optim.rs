//! Optimiser steps.
//!
//! `cargo bench --workspace --bench optim`

#![expect(missing_docs, reason = "criterion's macros make public items")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use neurotrain_kernels::optim::{Adam, adam, axpy, momentum};
use std::hint::black_box;
use std::time::Duration;

/// Parameters: the readouts, the first layers, and one that no cache holds.
const SIZES: [usize; 4] = [2560, 200_704, 3_145_728, 33_554_432];

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("step");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500));
    for n in SIZES {
        group.throughput(Throughput::Elements(n as u64));
        let grad: Vec<f32> = (0..n).map(|i| 0.5 - (i % 101) as f32 / 128.0).collect();
        let mut param = vec![0.1_f32; n];
        let (mut first, mut second) = (vec![0.0_f32; n], vec![0.0_f32; n]);
        let options = Adam {
            lr: 1e-3,
            b1: 0.9,
            b2: 0.999,
            eps: 1e-8,
            step: 10,
            weight_decay: 0.0,
        };
        group.bench_function(BenchmarkId::new("adam", n), |b| {
            b.iter(|| adam(&options, &mut param, black_box(&grad), &mut first, &mut second));
        });
        group.bench_function(BenchmarkId::new("momentum", n), |b| {
            b.iter(|| momentum(1e-3, 0.9, false, &mut param, black_box(&grad), &mut first));
        });
        group.bench_function(BenchmarkId::new("axpy", n), |b| {
            b.iter(|| axpy(&mut param, -1e-3, black_box(&grad)));
        });
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
