//! Results are bit-equal for any number of threads, at sizes where the work is split.
#![allow(missing_docs)]

use neurotrain_kernels::Events;
use neurotrain_kernels::adjoint::{Sweep, reverse};
use neurotrain_kernels::conv::{self, Conv};
use neurotrain_kernels::dense::{Matrix, product};
use neurotrain_kernels::neuron::{Lif, Reset, ResetOrder, run_delayed, spikes};
use neurotrain_kernels::optim::{Adam, adam};
use neurotrain_kernels::product::{sum_columns, sum_rows};
use neurotrain_kernels::recurrent::{Recurrent, run};
use neurotrain_kernels::surrogate::Surrogate;

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
    let weights = numbers(inputs * n, 0.013);
    let mut current = vec![0.0; steps * batch * n];
    sum_rows(&events, &weights, n, &mut current, false);
    let recurrent = numbers(n * n, 0.7);
    let bias = numbers(n, 0.3);

    same(|| {
        let mut out = vec![0.0; steps * batch * n];
        sum_rows(&events, &weights, n, &mut out, false);
        out
    });
    same(|| {
        let mut out = vec![0.0; inputs * n];
        sum_columns(&events, &current, n, &mut out, false);
        out
    });
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
    same(|| {
        let mut u = current.clone();
        run_delayed(&LIF, &vec![0.0; batch * n], &mut u);
        let s = spikes(&LIF, &u, steps * batch, n);
        (u, s)
    });
    same(|| {
        let (mut u, mut m) = (current.clone(), vec![0.0; batch * n]);
        let matrices = Recurrent {
            transposed: &recurrent,
            bias: &bias,
        };
        let s = run(&LIF, Some(matrices), &mut m, &Events::empty(batch, n), &mut u);
        (u, m, s)
    });
    same(|| {
        reverse(&Sweep {
            lif: LIF,
            surrogate: Surrogate::FastSigmoid { slope: 25.0 },
            fired: &current,
            spikes: &current,
            membrane: &current,
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
        let out = conv::forward(&geometry, &maps, &kernel);
        let back = conv::input_grad(&geometry, &out, &kernel);
        let gradient = conv::weight_grad(&geometry, &out, &maps);
        (out, back, gradient)
    });
}
