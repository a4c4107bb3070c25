//! Convolutions and linear layers of the networks that are trained: candle's, and the kernels that the engine takes.
//!
//! `cargo bench --workspace --bench candle -- <filter>`; names are `layer/shape/density/way`.

use candle_core::{Device, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput};
use neurotrain_kernels::conv::{self, Conv, Input};
use neurotrain_kernels::gather::sum_rows;
use neurotrain_kernels::{Events, Panels};
use std::hint::black_box;
use std::time::Duration;

const DENSITIES: [f64; 3] = [0.02, 0.13, 0.5];

/// Name, channels, side, outputs, kernel, padding, samples.
const CONVOLUTIONS: [(&str, [usize; 6]); 3] = [
    ("conv_snn-1", [1, 28, 12, 5, 0, 128]),
    ("conv_snn-2", [12, 12, 32, 5, 0, 128]),
    ("vgg9-2", [64, 32, 128, 3, 1, 4]),
];

/// Name, inputs, outputs, samples.
const LINEAR: [(&str, [usize; 3]); 2] = [("mnist", [784, 256, 2560]), ("shd", [700, 512, 2560])];

/// About `density` ones.
fn ones(count: usize, density: f64) -> Vec<f32> {
    let mut state = 7u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    };
    (0..count)
        .map(|_| f32::from(u8::from(draw() < density)))
        .collect()
}

fn waves(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i as f32 * 0.37).sin()).collect()
}

fn convolutions(criterion: &mut Criterion) -> candle_core::Result<()> {
    let cost = conv::calibrate(Duration::from_millis(500));
    for (name, [channels, side, outputs, kernel, padding, samples]) in CONVOLUTIONS {
        let shape = Conv {
            channels,
            height: side,
            width: side,
            outputs,
            kernel: [kernel; 2],
            stride: [1, 1],
            padding: [padding; 2],
        };
        let weights = waves(outputs * shape.patch());
        let filters = Tensor::from_slice(&weights, (outputs, channels, kernel, kernel), &Device::Cpu)?;
        let mut group = criterion.benchmark_group(format!("convolution/{name}"));
        group.throughput(Throughput::Elements((samples * shape.work()) as u64));
        for density in DENSITIES {
            let input = ones(samples * channels * side * side, density);
            let Some(events) = Events::from_dense(&input, samples, channels * side * side) else {
                continue;
            };
            let images = Tensor::from_slice(&input, (samples, channels, side, side), &Device::Cpu)?;
            group.bench_function(BenchmarkId::new("candle", density), |b| {
                b.iter(|| black_box(images.conv2d(&filters, padding, 1, 1, 1)));
            });
            let way = cost.forward(&shape, samples, events.nnz(), false);
            group.bench_function(BenchmarkId::new("chosen", density), |b| {
                b.iter(|| {
                    black_box(conv::forward_by(
                        way,
                        &shape,
                        Input::Events(&events),
                        &weights,
                        &[],
                    ))
                });
            });
        }
        group.finish();
    }
    Ok(())
}

fn linear(criterion: &mut Criterion) -> candle_core::Result<()> {
    for (name, [inputs, outputs, samples]) in LINEAR {
        let weights = waves(outputs * inputs);
        let table = Panels::pack_transposed(&weights, inputs, outputs);
        let matrix = Tensor::from_slice(&weights, (outputs, inputs), &Device::Cpu)?;
        let mut group = criterion.benchmark_group(format!("linear/{name}"));
        group.throughput(Throughput::Elements((samples * inputs * outputs) as u64));
        for density in DENSITIES {
            let input = ones(samples * inputs, density);
            let Some(events) = Events::from_dense(&input, samples, inputs) else {
                continue;
            };
            let rows = Tensor::from_slice(&input, (samples, inputs), &Device::Cpu)?;
            group.bench_function(BenchmarkId::new("candle", density), |b| {
                b.iter(|| black_box(matrix.t().and_then(|m| rows.matmul(&m))));
            });
            let mut out = vec![0.0_f32; samples * outputs];
            group.bench_function(BenchmarkId::new("events", density), |b| {
                b.iter(|| sum_rows(black_box(&events), &table, &mut out));
            });
        }
        group.finish();
    }
    Ok(())
}

fn main() -> candle_core::Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500))
        .configure_from_args();
    convolutions(&mut criterion)?;
    linear(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}
