//! Neurons against values computed by hand, and whole sequences against single steps.
#![allow(missing_docs)]

use neurotrain_kernels::neuron::{Lif, Reset, ResetOrder, after_reset, step};
use neurotrain_kernels::sequence::{Drive, Recurrent, Synapses, run};
use neurotrain_kernels::{Events, Majority, Panels, gather};

fn lif(reset: Reset, order: ResetOrder) -> Lif<f64> {
    Lif {
        beta: 0.9,
        threshold: 1.0,
        reset,
        order,
        inclusive: false,
    }
}

const ALONE: Synapses<'_, f64> = Synapses {
    drive: None,
    recurrent: None,
};

/// A buffer that holds something.
fn used(length: usize) -> Vec<f64> {
    vec![f64::NAN; length]
}

/// Runs one neuron without recurrence in place and returns its spikes.
fn run_one(lif: &Lif<f64>, initial: f64, current: &mut [f64]) -> Events {
    run(lif, ALONE, &[initial], &Events::empty(1, 1), current, used).0
}

fn close(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    assert!(
        got.iter().zip(want).all(|(g, w)| (g - w).abs() < 1e-12),
        "{got:?} instead of {want:?}"
    );
}

#[test]
fn delayed_reset_under_constant_current() {
    let lif = lif(Reset::Subtract, ResetOrder::Delayed);
    let mut u = [1.4; 4];
    let s = run_one(&lif, 0.0, &mut u);
    close(&u, &[1.4, 1.66, 1.894, 2.1046]);
    assert_eq!(s.nnz(), 4);
}

#[test]
fn immediate_reset_under_constant_current() {
    let lif = lif(Reset::Subtract, ResetOrder::Immediate);
    let mut v = [1.4; 5];
    let (s, left) = run(&lif, ALONE, &[0.0], &Events::empty(1, 1), &mut v, used);
    close(&v, &[1.4, 1.76, 2.084, 1.3756, 1.63804]);
    close(
        &after_reset(&lif, &[0.0], &v),
        &[0.4, 0.76, 1.084, 1.3756, 1.63804],
    );
    close(&left.expect("other membranes"), &[1.63804]);
    assert_eq!(s.nnz(), 5);
}

#[test]
fn immediate_reset_to_zero_leaves_nothing() {
    let lif = lif(Reset::Zero, ResetOrder::Immediate);
    let mut v = [1.4; 3];
    let left = run(&lif, ALONE, &[0.0], &Events::empty(1, 1), &mut v, used).1;
    close(&after_reset(&lif, &[0.0], &v), &[0.0, 0.0, 0.0]);
    close(&left.expect("other membranes"), &[0.0]);
}

#[test]
fn delayed_reset_to_zero_and_none() {
    let mut u = [1.4, 0.5, 0.8];
    run_one(&lif(Reset::Zero, ResetOrder::Delayed), 0.0, &mut u);
    close(&u, &[1.4, 0.5, 1.25]);
    let mut u = [1.4, 0.5];
    run_one(&lif(Reset::None, ResetOrder::Delayed), 0.0, &mut u);
    close(&u, &[1.4, 1.76]);
}

#[test]
fn at_the_threshold_only_the_inclusive_neuron_fires() {
    let strict = lif(Reset::Subtract, ResetOrder::Delayed);
    let inclusive = Lif {
        inclusive: true,
        ..strict
    };
    assert_eq!(run_one(&strict, 0.0, &mut [1.0]).nnz(), 0);
    assert_eq!(run_one(&inclusive, 0.0, &mut [1.0]).nnz(), 1);
    // The reset uses the same test.
    let mut u = [0.0];
    run_one(&strict, 1.0, &mut u);
    close(&u, &[0.9]);
    let mut u = [0.0];
    run_one(&inclusive, 1.0, &mut u);
    close(&u, &[-0.1]);
}

#[test]
fn the_decay_is_clamped() {
    let lif = Lif {
        beta: 1.5,
        ..lif(Reset::None, ResetOrder::Delayed)
    };
    let mut u = [0.25, 0.25];
    run_one(&lif, 0.0, &mut u);
    close(&u, &[0.25, 0.5]);
}

/// A recurrent sequence equals single steps with a literal recurrent product.
#[test]
fn sequences_equal_single_steps() {
    let (steps, batch, n) = (6, 37, 5);
    let number = |i: usize, f: f64| (i as f64 * f).sin();
    let current: Vec<f64> = (0..steps * batch * n).map(|i| 1.5 * number(i, 0.37)).collect();
    let weights: Vec<f64> = (0..n * n).map(|i| number(i, 1.7)).collect();
    let panels = Panels::pack_transposed(&weights, n, n);
    let bias: Vec<f64> = (0..n).map(|i| 0.1 * number(i, 2.9)).collect();
    for order in [ResetOrder::Delayed, ResetOrder::Immediate] {
        for reset in [Reset::Subtract, Reset::Zero, Reset::None] {
            let lif = lif(reset, order);
            let mut all = current.clone();
            let recurrent = Recurrent {
                weights: &panels,
                bias: &bias,
            };
            let (s, left) = run(
                &lif,
                Synapses {
                    drive: None,
                    recurrent: Some(recurrent),
                },
                &vec![0.0; batch * n],
                &Events::empty(batch, n),
                &mut all,
                used,
            );
            let (mut m, mut last) = (vec![0.0; batch * n], vec![0.0; batch * n]);
            let reported = after_reset(&lif, &m, &all);
            for t in 0..steps {
                let mut rec = vec![0.0; batch * n];
                for b in 0..batch {
                    for j in 0..n {
                        rec[b * n + j] =
                            (0..n).map(|k| weights[j * n + k] * last[b * n + k]).sum::<f64>() + bias[j];
                    }
                }
                let (mut v, mut next) = (vec![0.0; batch * n], vec![0.0; batch * n]);
                let range = t * batch * n..(t + 1) * batch * n;
                step(&lif, &m, &current[range.clone()], &rec, &mut v, &mut next);
                close(&all[range.clone()], &v);
                close(&reported[range], &next);
                last = v.iter().map(|v| f64::from(u8::from(*v > 1.0))).collect();
                assert_eq!(s.narrow(t * batch, batch).to_dense::<f64>(), last);
                m = next;
            }
            close(&left.expect("a recurrent layer's"), &m);
        }
    }
}

/// Spikes that repeat give the current of each step but for rounding, in the same bits with and without a sweep.
#[test]
fn repeating_spikes_drive_a_sweep() {
    // A step's current is more than is computed at once (GROUP), so that samples come in several groups of steps.
    let (steps, batch, inputs, n) = (23, 37, 50, 200);
    let dense: Vec<f64> = (0..steps * batch * inputs)
        .map(|i| f64::from(u8::from((i % (batch * inputs)) % 3 == 0 || i % 11 == 0)))
        .collect();
    let input = Events::from_dense(&dense, steps * batch, inputs).expect("binary");
    let repeats = Majority::of(&input, batch).expect("worth it");
    let values: Vec<f64> = (0..inputs * n).map(|i| (i as f64 * 0.7).sin()).collect();
    let weights = Panels::pack(&values, inputs, n);
    let mut current = vec![7.0; steps * batch * n];
    gather::sum_repeating_rows(&repeats, &weights, &mut current);
    let mut plain = vec![0.0; steps * batch * n];
    gather::sum_rows(&input, &weights, &mut plain);
    close(&current, &plain);
    let lif = lif(Reset::Subtract, ResetOrder::Delayed);
    let outcome = |drive, mut current: Vec<f64>| {
        let synapses = Synapses {
            drive,
            recurrent: None,
        };
        let before = vec![0.3; batch * n];
        let (s, left) = run(
            &lif,
            synapses,
            &before,
            &Events::empty(batch, n),
            &mut current,
            used,
        );
        assert!(s.nnz() > 100, "too few spikes to tell");
        (s, left, current)
    };
    let drive = Drive {
        input: &input,
        repeats: Some(&repeats),
        weights: &weights,
    };
    assert!(outcome(Some(drive), vec![7.0; steps * batch * n]) == outcome(None, current));
}

/// A sweep that computes its own feed-forward current gives the same bits as one that is given it.
#[test]
fn fused_product_and_sweep_equal_the_two_in_bits() {
    let (steps, batch, inputs, n) = (7, 37, 50, 40);
    let dense: Vec<f64> = (0..steps * batch * inputs)
        .map(|i| f64::from(u8::from((i * 7919) % 5 == 0)))
        .collect();
    let input = Events::from_dense(&dense, steps * batch, inputs).expect("binary");
    let values: Vec<f64> = (0..inputs * n).map(|i| (i as f64 * 0.7).sin()).collect();
    let weights = Panels::pack(&values, inputs, n);
    let square: Vec<f64> = (0..n * n).map(|i| 0.1 * (i as f64 * 1.7).sin()).collect();
    let square = Panels::pack_transposed(&square, n, n);
    let recurrent = Recurrent {
        weights: &square,
        bias: &[],
    };
    for (recurrent, order) in [
        (None, ResetOrder::Delayed),
        (None, ResetOrder::Immediate),
        (Some(recurrent), ResetOrder::Immediate),
    ] {
        let lif = lif(Reset::Subtract, order);
        let outcome = |drive, mut current: Vec<f64>| {
            let synapses = Synapses { drive, recurrent };
            let before = vec![0.3; batch * n];
            let (s, left) = run(
                &lif,
                synapses,
                &before,
                &Events::empty(batch, n),
                &mut current,
                used,
            );
            assert!(s.nnz() > 100, "too few spikes to tell");
            (s, left, current)
        };
        let mut current = vec![0.0; steps * batch * n];
        gather::sum_rows(&input, &weights, &mut current);
        let drive = Drive {
            input: &input,
            repeats: None,
            weights: &weights,
        };
        let fused = outcome(Some(drive), vec![7.0; steps * batch * n]);
        assert!(fused == outcome(None, current));
    }
}
