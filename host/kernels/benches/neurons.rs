//! Membrane updates of a sequence, their reverse sweep, and filters over time.
//!
//! `cargo bench --workspace --bench neurons`

#![expect(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use neurotrain_kernels::adjoint::{Sweep, reverse};
use neurotrain_kernels::neuron::{Lif, Reset, ResetOrder};
use neurotrain_kernels::sequence::{Drive, Recurrent, Synapses, run};
use neurotrain_kernels::surrogate::Surrogate;
use neurotrain_kernels::{Events, Panels, scan};
use std::hint::black_box;
use std::time::Duration;

/// Steps, samples, neurons.
const SHAPES: [(usize, usize, usize); 3] = [(10, 256, 256), (100, 256, 512), (10, 256, 10)];

const LIF: Lif<f32> = Lif {
    beta: 0.9,
    threshold: 1.0,
    reset: Reset::Subtract,
    order: ResetOrder::Delayed,
    inclusive: false,
};

/// New memory.
fn room(length: usize) -> Vec<f32> {
    vec![0.0; length]
}

fn sweeps(c: &mut Criterion) {
    for (steps, batch, n) in SHAPES {
        let mut group = c.benchmark_group(format!("sweep/{steps}x{batch}x{n}"));
        let width = batch * n;
        group
            .throughput(Throughput::Elements((steps * width) as u64))
            .sample_size(10)
            .warm_up_time(Duration::from_millis(100))
            .measurement_time(Duration::from_millis(500));
        let membrane = vec![0.0_f32; width];
        let silent = Events::empty(batch, n);
        let alone = Synapses {
            drive: None,
            recurrent: None,
        };
        let mut io = numbers(steps * width);
        group.bench_function("lif and spikes", |b| {
            b.iter(|| run(&LIF, alone, &membrane, &silent, black_box(&mut io), room));
        });
        let membranes = numbers(steps * width);
        let gradient = numbers(steps * width);
        group.bench_function("adjoint", |b| {
            b.iter(|| {
                reverse(&Sweep {
                    lif: LIF,
                    surrogate: Surrogate::FastSigmoid { slope: 25.0 },
                    fired: black_box(&membranes),
                    spikes: &gradient,
                    membrane: &[],
                    next: &[],
                    recurrent: &[],
                    detach_reset: false,
                    batch,
                    n,
                })
            });
        });
    }
}

fn recurrence(c: &mut Criterion) {
    let (steps, batch, n) = (10, 256, 256);
    let mut group = c.benchmark_group("sequence");
    group
        .throughput(Throughput::Elements((steps * batch * n) as u64))
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500));
    let lif = Lif {
        order: ResetOrder::Immediate,
        ..LIF
    };
    let weights: Vec<f32> = numbers(n * n).iter().map(|w| w / 64.0).collect();
    let weights = Panels::pack(&weights, n, n);
    let recurrent = Some(Recurrent {
        weights: &weights,
        bias: &[],
    });
    let current: Vec<f32> = numbers(steps * batch * n).iter().map(|x| x + 0.1).collect();
    let silent = Events::empty(batch, n);
    let input = Events::from_dense(&every_eighth(steps * batch * n), steps * batch, n);
    let drive = input.as_ref().map(|input| Drive {
        input,
        repeats: None,
        weights: &weights,
    });
    let mut io = current.clone();
    for (name, synapses) in [
        (
            "recurrent",
            Synapses {
                drive: None,
                recurrent,
            },
        ),
        (
            "driven",
            Synapses {
                drive,
                recurrent: None,
            },
        ),
        ("both", Synapses { drive, recurrent }),
    ] {
        group.bench_function(format!("{name}/10x256x256"), |b| {
            b.iter(|| {
                io.copy_from_slice(&current);
                let membrane = vec![0.0_f32; batch * n];
                run(&lif, synapses, &membrane, &silent, &mut io, room)
            });
        });
    }
}

fn every_eighth(n: usize) -> Vec<f32> {
    (0..n).map(|i| if i % 8 == 3 { 1.0 } else { 0.0 }).collect()
}

fn filters(c: &mut Criterion) {
    for (steps, batch, n) in SHAPES {
        let mut group = c.benchmark_group(format!("filter/{steps}x{batch}x{n}"));
        let width = batch * n;
        group
            .throughput(Throughput::Elements((steps * width) as u64))
            .sample_size(10)
            .warm_up_time(Duration::from_millis(100))
            .measurement_time(Duration::from_millis(500));
        let mut values = numbers(steps * width);
        let mut out = values.clone();
        let gains: Vec<f32> = numbers(steps * width).iter().map(|g| g.abs()).collect();
        for (name, backwards) in [("forward", false), ("backward", true)] {
            group.bench_function(format!("decay/{name}"), |b| {
                b.iter(|| scan::decay(0.9, black_box(&mut values), width, backwards));
            });
            group.bench_function(format!("gain/{name}"), |b| {
                b.iter(|| scan::gain_into(&gains, black_box(&values), &mut out, width, backwards));
            });
        }
        let x = numbers(width);
        let mut trace = vec![0.0_f32; width];
        group.throughput(Throughput::Elements(width as u64));
        group.bench_function("trace", |b| {
            b.iter(|| scan::trace(0.9, 1.0, &x, black_box(&mut trace)));
        });
    }
}

/// Between -0.5 and 1.5, so that some of them fire.
fn numbers(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i % 101) as f32 / 50.0 - 0.5).collect()
}

criterion_group!(benches, sweeps, recurrence, filters);
criterion_main!(benches);
