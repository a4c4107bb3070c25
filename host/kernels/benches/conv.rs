//! Convolutions of the networks that are trained, dense, sparse and as chosen, over densities of their inputs.
//!
//! `cargo bench -p neurotrain-kernels --bench conv -- <filter>`; names are `product/shape/density/way`.

use criterion::{BenchmarkId, Criterion, Throughput};
use neurotrain_kernels::Events;
use neurotrain_kernels::conv::{self, Conv, Input, Pool, Pooled, Post, Way};
use std::hint::black_box;
use std::time::Duration;

const DENSITIES: [f64; 5] = [0.005, 0.02, 0.13, 0.3, 1.0];
const POOL: Pool = Pool {
    kernel: [2, 2],
    stride: [2, 2],
};

fn shape(channels: usize, side: usize, outputs: usize, kernel: usize, padding: usize) -> Conv {
    Conv {
        channels,
        height: side,
        width: side,
        outputs,
        kernel: [kernel; 2],
        stride: [1, 1],
        padding: [padding; 2],
    }
}

/// Name, geometry and rows of a measurement; rows shrink with the maps, so that all take milliseconds.
fn shapes() -> Vec<(&'static str, Conv, usize)> {
    vec![
        ("snn1-28", shape(1, 28, 12, 5, 0), 128),
        ("snn2-12", shape(12, 12, 32, 5, 0), 128),
        ("snn1-32", shape(3, 32, 12, 5, 0), 64),
        ("snn1-34", shape(2, 34, 12, 5, 0), 64),
        ("snn1-128", shape(2, 128, 12, 5, 0), 8),
        ("vgg-64-32", shape(64, 32, 128, 3, 1), 4),
        ("vgg-256-8", shape(256, 8, 512, 3, 1), 8),
        ("vgg-512-2", shape(512, 2, 512, 3, 1), 64),
    ]
}

/// About `density` ones.
fn ones(count: usize, density: f64) -> Vec<f32> {
    let mut state = 7u64;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            if ((state >> 40) as f64) < density * (1u64 << 24) as f64 {
                1.0
            } else {
                0.0
            }
        })
        .collect()
}

fn zeros(length: usize) -> Vec<f32> {
    vec![0.0; length]
}

fn waves(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i as f32 * 0.37).sin()).collect()
}

fn ways(chosen: Way) -> [(&'static str, Way); 5] {
    [
        ("dense", Way::Dense),
        ("sparse", Way::Sparse),
        ("sums", Way::Sums),
        ("post", Way::Post),
        ("chosen", chosen),
    ]
}

fn measure(criterion: &mut Criterion) {
    let cost = conv::calibrate(Duration::from_millis(500));
    for (name, conv, rows) in shapes() {
        let weights = waves(conv.outputs * conv.patch());
        for density in DENSITIES {
            let input = ones(rows * conv.channels * conv.height * conv.width, density);
            let Some(events) = Events::from_dense(&input, rows, input.len() / rows) else {
                return;
            };
            let given = Input::Events(&events);
            let (out, places) = conv::forward_pooled(&conv, POOL, true, given, &weights, &[], &cost, zeros);
            let post = Post::Pooled(Pooled {
                pool: POOL,
                gradient: &out,
                places: &places,
            });
            let work = (rows * conv.work()) as u64;
            let mut group = criterion.benchmark_group(format!("forward/{name}"));
            group.throughput(Throughput::Elements(work));
            for (label, way) in ways(cost.forward(&conv, rows, events.nnz(), true)) {
                group.bench_function(BenchmarkId::new(label, density), |b| {
                    b.iter(|| black_box(conv::forward_pooled_by(way, &conv, POOL, given, &weights, &[])));
                });
            }
            group.finish();
            let mut group = criterion.benchmark_group(format!("weight/{name}"));
            group.throughput(Throughput::Elements(work));
            for (label, way) in ways(cost.weight_grad(&conv, rows, events.nnz(), true, post.elements())) {
                group.bench_function(BenchmarkId::new(label, density), |b| {
                    b.iter(|| black_box(conv::weight_grad_by(way, &conv, post, given)));
                });
            }
            group.finish();
        }
        // The density of a gradient: a quarter behind the pooling, or all of it.
        let map = waves(rows * conv.outputs * conv.positions());
        let input = ones(rows * conv.channels * conv.height * conv.width, 0.13);
        let (out, places) = conv::forward_pooled(
            &conv,
            POOL,
            true,
            Input::Dense(&input),
            &weights,
            &[],
            &cost,
            zeros,
        );
        let pooled = Pooled {
            pool: POOL,
            gradient: &out,
            places: &places,
        };
        for (density, post) in [("0.25", Post::Pooled(pooled)), ("1", Post::Map(&map))] {
            let mut group = criterion.benchmark_group(format!("input/{name}"));
            for (label, way) in ways(cost.input_grad(&conv, rows, post.elements(), post.nonzero())) {
                group.bench_function(BenchmarkId::new(label, density), |b| {
                    b.iter(|| black_box(conv::input_grad_by(way, &conv, post, &weights)));
                });
            }
            group.finish();
        }
    }
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .configure_from_args();
    measure(&mut criterion);
    criterion.final_summary();
}
