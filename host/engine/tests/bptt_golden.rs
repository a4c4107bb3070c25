//! Backpropagation through time written with the network's primitives alone, against the reference: whole-sequence record,
//! neuron adjoints, weight and input gradients, Adam.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod support;

use neurotrain_plugin_api::{Field, Matrix, Network, Tensor};
use std::collections::BTreeMap;
use support::Bench;
use support::golden::{Case, bench_of, cases};

/// Gradient of the loss with respect to the readout `[T, B, C]`: cross-entropy of each step's output, or of the last
/// membrane of an integrator.
fn loss_gradient(
    values: &[f64],
    labels: &[usize],
    steps: usize,
    classes: usize,
    last_only: bool,
) -> Vec<f64> {
    let batch = labels.len();
    let mut out = vec![0.0; values.len()];
    for t in 0..steps {
        if last_only && t + 1 < steps {
            continue;
        }
        for (b, label) in labels.iter().enumerate() {
            let at = (t * batch + b) * classes;
            let row = &values[at..at + classes];
            let top = row.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = row.iter().map(|v| (v - top).exp()).sum();
            let scale = if last_only { batch } else { batch * steps } as f64;
            for c in 0..classes {
                out[at + c] = ((row[c] - top).exp() / sum - f64::from(u8::from(c == *label))) / scale;
            }
        }
    }
    out
}

fn summed(tensor: &Tensor, n: usize) -> Vec<f64> {
    let mut sum = vec![0.0; n];
    tensor
        .to_vec()
        .unwrap()
        .chunks(n)
        .for_each(|row| sum.iter_mut().zip(row).for_each(|(s, v)| *s += v));
    sum
}

/// Gradients of all parameters.
fn gradients(bench: &Bench, net: &Network, x: &Tensor, labels: &[usize]) -> BTreeMap<usize, Tensor> {
    net.run(x).unwrap();
    let readout = net.readout().unwrap().clone();
    let integrator = readout.neuron.kind == "integrator";
    let values = net
        .field(
            &readout,
            if integrator {
                Field::Reported
            } else {
                Field::Output
            },
        )
        .unwrap();
    let shape = values.shape();
    let seed = loss_gradient(&values.to_vec().unwrap(), labels, shape[0], shape[2], integrator);
    let seed = bench.tensor(&seed, &shape);
    let mut by_spikes: BTreeMap<usize, Tensor> = BTreeMap::new();
    let mut out = BTreeMap::new();
    for layer in net.layers().to_vec().iter().rev() {
        let post = if layer.readout {
            let (spikes, membrane) = if integrator {
                (None, Some(&seed))
            } else {
                (Some(&seed), None)
            };
            net.neuron_adjoint(layer, spikes, membrane, false).unwrap()
        } else {
            net.neuron_adjoint(layer, by_spikes.get(&layer.index), None, false)
                .unwrap()
        };
        let input = net.input(layer).unwrap();
        out.insert(
            layer.weight,
            net.weight_grad(layer, Matrix::FeedForward, &post, &input)
                .unwrap(),
        );
        if let Some(bias) = layer.bias {
            out.insert(bias, bench.tensor(&summed(&post, layer.size()), &[layer.size()]));
        }
        if let Some(recurrent) = &layer.recurrent {
            let previous = net.field(layer, Field::PreviousSpikes).unwrap();
            out.insert(
                recurrent.weight,
                net.weight_grad(layer, Matrix::Recurrent, &post, &previous)
                    .unwrap(),
            );
            if let Some(bias) = recurrent.bias {
                out.insert(bias, bench.tensor(&summed(&post, layer.size()), &[layer.size()]));
            }
        }
        for (source, gradient) in net.input_grad(layer, &post).unwrap() {
            assert!(
                by_spikes.insert(source, gradient).is_none(),
                "a chain has one reader per layer"
            );
        }
    }
    out
}

fn norm(v: impl Iterator<Item = f64>) -> f64 {
    v.map(|v| v * v).sum::<f64>().sqrt()
}

fn replay(case: &Case) -> f64 {
    let bench = bench_of(case);
    let net = &bench.net;
    let names: Vec<String> = net.info().params.iter().map(|p| p.name.clone()).collect();
    let (dims, input) = case.get("input");
    let x = bench.tensor(input, dims);
    let labels: Vec<usize> = case.get("target").1.iter().map(|v| *v as usize).collect();
    let moments: Vec<[Tensor; 2]> = net
        .info()
        .params
        .iter()
        .map(|p| [(); 2].map(|()| bench.tensor(&vec![0.0; p.shape.iter().product()], &p.shape)))
        .collect();
    let mut worst = 0.0f64;
    for call in 1..=10 {
        let gradients = gradients(&bench, net, &x, &labels);
        for (&param, gradient) in &gradients {
            if call == 1 {
                let want = &case.get(&format!("grad1/{}", names[param])).1;
                let got = gradient.to_vec().unwrap();
                let error = norm(got.iter().zip(want).map(|(g, w)| g - w)) / norm(want.iter().copied());
                assert!(
                    error <= 1e-4,
                    "{}: gradient of {} differs by {error}",
                    case.name,
                    names[param]
                );
                worst = worst.max(error);
            }
            let [first, second] = &moments[param];
            adam(&bench, param, gradient, first, second, call);
        }
        if ![1, 3, 10].contains(&call) {
            continue;
        }
        for (param, name) in names.iter().enumerate() {
            let (init, want) = (
                &case.get(&format!("init/{name}")).1,
                &case.get(&format!("after{call}/{name}")).1,
            );
            let got = net.param(param).unwrap().to_vec().unwrap();
            let moved = norm(want.iter().zip(init).map(|(w, i)| w - i));
            let error = norm(got.iter().zip(want).map(|(g, w)| g - w)) / moved;
            let noise = case.side["f32_vs_f64"]["max_abs_diff"][call.to_string()][name]
                .as_f64()
                .unwrap();
            let tolerance = (10.0 * noise * (want.len() as f64).sqrt() / moved).max(1e-3);
            assert!(
                error <= tolerance,
                "{}: {name} after {call} calls differs by {error} > {tolerance}",
                case.name
            );
            worst = worst.max(error);
        }
    }
    worst
}

/// One Adam step through the boundary.
fn adam(bench: &Bench, param: usize, gradient: &Tensor, first: &Tensor, second: &Tensor, call: usize) {
    use neurotrain_plugin_api::abi::{Args, ops};
    let raw = bench.host.raw();
    let tensors = [gradient.raw(), first.raw(), second.raw()];
    let reals = [1e-3, 0.9, 0.999, 1e-8, call as f64, 0.0];
    raw.call(ops::NET_ADAM, Args::new(&tensors, &reals, &[param as i64], ""))
        .into_result()
        .unwrap();
}

fn replay_all(prefix: &str) {
    for case in cases(prefix) {
        let weak = case.side["min_threshold_margin"]["10"].as_f64().unwrap() < 4.0 * f64::from(f32::EPSILON);
        assert!(!weak, "{}: a weak case", case.name);
        println!("{}: worst relative error {:.1e}", case.name, replay(&case));
    }
}

#[test]
fn fc_snn() {
    replay_all("bptt__fc_snn__");
}

#[test]
fn r_snn() {
    replay_all("bptt__r_snn__");
}

#[test]
fn conv_snn() {
    replay_all("bptt__conv_snn__");
}

#[test]
fn vgg9() {
    replay_all("bptt__vgg9__");
}
