//! The declarative rule through the boundary.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use neurotrain_plugin_api::{Graph, Lif, Plasticity, Tensor};
use neurotrain_tensor::RealType;
use support::Bench;
use support::nets::FAST;

fn layer(inputs: usize, n: usize) -> Graph {
    let mut g = Graph::new("fc");
    let from = g.input(&[inputs]);
    let from = g.linear("synapse", "weight", inputs, n, &from);
    let neuron = Lif {
        beta: 0.5,
        threshold: 1.0,
        reset: "subtract".into(),
        reset_order: "delayed".into(),
        surrogate: FAST,
    };
    let from = g.lif("neurons", &neuron, &from);
    g.output(&from);
    g
}

fn rule() -> Plasticity {
    Plasticity {
        pre_decay: 0.5,
        post_decay: 0.25,
        a_plus: 0.1,
        a_minus: 0.2,
        mu: 0.0,
        nearest: false,
        w_min: 0.0,
        w_max: 2.0,
        normalise: None,
        inhibition: String::new(),
        threshold_plus: 0.05,
        threshold_decay: 1.0,
    }
}

#[test]
fn a_sample_changes_weights_and_thresholds() {
    for dtype in [RealType::F32, RealType::F64] {
        let bench = Bench::new(&layer(2, 1), 1, dtype, 1);
        bench.set("weight", &[0.6, 1.2]);
        let net = &bench.net;
        let readout = net.readout().unwrap().clone();
        let thresholds = bench.tensor(&[1.0], &[1]);
        let x = bench.tensor(&[1.0, 0.0, 0.0, 1.0, 0.0, 1.0], &[3, 1, 2]);
        let close = |got: &[f64], want: &[f64]| {
            assert!(
                got.iter().zip(want).all(|(g, w)| (g - w).abs() < 1e-6),
                "{got:?} instead of {want:?}"
            );
        };
        // The kernel's test computes these by hand.
        let spikes = net
            .plasticity(&readout, &rule(), &x.sparsify().unwrap(), &thresholds, 1.0)
            .unwrap();
        assert_eq!(spikes.shape()[..], [3, 1, 1]);
        close(&spikes.to_vec().unwrap(), &[0.0, 1.0, 0.0]);
        close(&net.param(0).unwrap().to_vec().unwrap(), &[0.7, 1.0]);
        close(&thresholds.to_vec().unwrap(), &[1.05]);
        // A modulator of the other sign undoes; normalisation comes last.
        bench.set("weight", &[0.6, 1.2]);
        let scaled = Plasticity {
            normalise: Some(3.2),
            ..rule()
        };
        net.plasticity(&readout, &scaled, &x, &bench.tensor(&[1.0], &[1]), -1.0)
            .unwrap();
        close(
            &net.param(0).unwrap().to_vec().unwrap(),
            &[0.5 * 3.2 / 1.9, 1.4 * 3.2 / 1.9],
        );
    }
}

#[test]
fn what_cannot_be_run_is_refused() {
    let bench = Bench::new(&layer(2, 1), 1, RealType::F32, 1);
    let net = &bench.net;
    let readout = net.readout().unwrap().clone();
    let theta = bench.tensor(&[1.0], &[1]);
    let x = bench.tensor(&[1.0, 0.0], &[1, 1, 2]);
    let run = |rule: &Plasticity, x: &Tensor| {
        net.plasticity(&readout, rule, x, &theta, 1.0)
            .unwrap_err()
            .to_string()
    };
    let odd = Plasticity {
        inhibition: "soft".into(),
        ..rule()
    };
    assert!(run(&odd, &x).contains("soft"));
    assert!(run(&Plasticity { w_min: 3.0, ..rule() }, &x).contains("w_min"));
    assert!(run(&rule(), &bench.tensor(&[0.5, 0.0], &[1, 1, 2])).contains("0 and 1"));
    assert!(run(&rule(), &bench.tensor(&[1.0; 4], &[1, 2, 2])).contains("[1, 2, 2]"));
}
