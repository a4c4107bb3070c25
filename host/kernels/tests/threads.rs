//! Results are bit-equal for any number of threads, at sizes where the work is split.
#![allow(missing_docs)]

use neurotrain_kernels::adjoint::{Sweep, reverse};
use neurotrain_kernels::conv::{self, Conv, ConvCost, Input, Post};
use neurotrain_kernels::dense::{Matrix, product};
use neurotrain_kernels::gradient::weight_gradient;
use neurotrain_kernels::majority;
use neurotrain_kernels::neuron::{Lif, Reset, ResetOrder};
use neurotrain_kernels::optim::{Adam, adam};
use neurotrain_kernels::sequence::{Drive, Recurrent, Synapses, run};
use neurotrain_kernels::surrogate::Surrogate;
use neurotrain_kernels::{Events, Majority, Panels, gather};

const LIF: Lif<f32> = Lif {
    beta: 0.9,
    threshold: 1.0,
    reset: Reset::Subtract,
    order: ResetOrder::Immediate,
    inclusive: false,
};

fn numbers(n: usize, f: f32) -> Vec<f32> {
    (0..n).map(|i| (i as f32 * f + 0.1).sin()).collect()
}

fn same<T: PartialEq + Send>(compute: impl Fn() -> T + Send + Sync) {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(&compute)
    };
    let one = with(1);
    for threads in [2, 3, 5] {
        assert!(with(threads) == one, "{threads} threads differ from one");
    }
}

#[test]
fn all_kernels() {
    let (steps, batch, inputs, n) = (10, 150, 300, 120);
    let dense: Vec<f32> = (0..steps * batch * inputs)
        .map(|i| f32::from(u8::from((i * 7919) % 11 == 0)))
        .collect();
    let events = Events::from_dense(&dense, steps * batch, inputs).expect("binary");
    let dense_repeated: Vec<f32> = (0..steps * batch * inputs)
        .map(|i| f32::from(u8::from((i % (batch * inputs)) % 5 == 0 || i % 29 == 0)))
        .collect();
    let repeated = Events::from_dense(&dense_repeated, steps * batch, inputs).expect("binary");
    let weights = numbers(inputs * n, 0.013);
    let mut current = vec![0.0; steps * batch * n];
    let table = Panels::pack(&weights, inputs, n);
    gather::sum_rows(&events, &table, &mut current);
    let recurrent = numbers(n * n, 0.7);
    let square = Panels::pack_transposed(&recurrent, n, n);
    let bias = numbers(n, 0.3);

    same(|| {
        let mut out = vec![0.0; steps * batch * n];
        gather::sum_rows(&events, &table, &mut out);
        out
    });
    same(|| weight_gradient(&events, &current, n));
    same(|| weight_gradient(&events, &current[..steps * batch * 10], 10));
    same(|| Panels::pack_transposed(&weights, inputs, n));
    same(|| {
        let mut out = vec![0.0; steps * batch * n];
        product(
            Matrix::new(&dense, steps * batch, inputs),
            Matrix::new(&weights, inputs, n),
            &mut out,
            false,
        );
        out
    });
    let drive = Drive {
        input: &events,
        repeats: None,
        weights: &table,
    };
    let repeats = Majority::of(&repeated, batch).expect("worth it");
    let repeating = Drive {
        input: &repeated,
        repeats: Some(&repeats),
        weights: &table,
    };
    same(|| Majority::of(&repeated, batch));
    same(|| {
        let mut out = vec![0.0; inputs * n];
        majority::weight_gradient_into(&repeats, &current, n, &mut out);
        out
    });
    same(|| {
        let mut out = vec![0.0; steps * batch * n];
        gather::sum_repeating_rows(&repeats, &table, &mut out);
        out
    });
    let recurrence = Recurrent {
        weights: &square,
        bias: &bias,
    };
    for order in [ResetOrder::Delayed, ResetOrder::Immediate] {
        for drive in [None, Some(drive), Some(repeating)] {
            for recurrent in [None, Some(recurrence)] {
                same(|| {
                    let mut u = current.clone();
                    let synapses = Synapses { drive, recurrent };
                    let lif = Lif { order, ..LIF };
                    let before = vec![0.0; batch * n];
                    let s = run(&lif, synapses, &before, &Events::empty(batch, n), &mut u, |len| {
                        vec![7.0; len]
                    });
                    (u, s)
                });
            }
        }
    }
    same(|| {
        reverse(&Sweep {
            lif: LIF,
            surrogate: Surrogate::FastSigmoid { slope: 25.0 },
            fired: &current,
            spikes: &current,
            membrane: &current,
            next: &[],
            recurrent: &recurrent,
            detach_reset: false,
            batch,
            n,
        })
    });
    same(|| {
        let (mut p, mut m, mut v) = (current.clone(), current.clone(), vec![0.5; current.len()]);
        let options = Adam {
            lr: 1e-3,
            b1: 0.9,
            b2: 0.999,
            eps: 1e-8,
            step: 3,
            weight_decay: 0.0,
        };
        adam(&options, &mut p, &current, &mut m, &mut v);
        (p, m, v)
    });
    let geometry = Conv {
        channels: 3,
        height: 12,
        width: 12,
        outputs: 8,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
    };
    let maps = numbers(37 * 3 * 144, 0.21);
    let kernel = numbers(8 * 27, 0.9);
    same(|| {
        let (cost, maps) = (ConvCost::default(), Input::Dense(&maps));
        let out = conv::forward(&geometry, maps, &kernel, &[], &cost, |n| vec![0.0; n]);
        let back = conv::input_grad(&geometry, Post::Map(&out), &kernel, &cost, |n| vec![0.0; n]);
        let gradient = conv::weight_grad(&geometry, Post::Map(&out), maps, &cost);
        (out, back, gradient)
    });
}
