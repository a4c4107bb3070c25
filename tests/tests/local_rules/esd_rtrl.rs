//! ES-D-RTRL, step by step.

use crate::bench::Data;
use crate::net::{
    BETA, Kind, Net, Rows, THETA, add_outer, compare, filter, left, minus, networks, one_hot, product,
    softmax, surrogate,
};
use serde_json::{Value, json};

const ALPHA: f64 = 0.8;
const GAMMA: f64 = 0.4;

#[derive(Debug, Clone, Copy)]
struct Rule {
    lr: f64,
    surrogate_in_signal: bool,
    triangle: bool,
    trace_input: bool,
    recurrent_layers: bool,
    generic_readout: bool,
    post_reset: bool,
    train_bias: bool,
}

const PLAIN: Rule = Rule {
    lr: 0.5,
    surrogate_in_signal: true,
    triangle: true,
    trace_input: true,
    recurrent_layers: true,
    generic_readout: false,
    post_reset: false,
    train_bias: true,
};

const REFERENCE: Rule = Rule {
    trace_input: false,
    recurrent_layers: false,
    generic_readout: true,
    post_reset: true,
    train_bias: false,
    ..PLAIN
};

/// Gradients of one layer.
struct Grads {
    weight: Rows,
    recurrent: Rows,
    bias: Vec<f64>,
}

fn literal(net: &mut Net, data: &Data, rule: Rule) {
    let samples = data.batch() as f64;
    let fully_connected = net.layers.iter().all(|l| l.kind != Kind::Immediate);
    let mut grads: Vec<Grads> = net
        .layers
        .iter()
        .map(|l| Grads {
            weight: vec![vec![0.0; l.weight[0].len()]; l.weight.len()],
            recurrent: vec![vec![0.0; l.weight.len()]; l.weight.len()],
            bias: vec![0.0; l.weight.len()],
        })
        .collect();
    for b in 0..data.batch() {
        let mut states = net.states();
        let mut eps: Vec<Vec<f64>> = net.layers.iter().map(|l| vec![0.0; l.weight.len()]).collect();
        let mut eps_x: Vec<Vec<f64>> = net.layers.iter().map(|l| vec![0.0; l.weight[0].len()]).collect();
        let (mut eps_r, mut eps_one) = (eps.clone(), 0.0);
        for t in 0..data.steps {
            net.step(&mut states, data.frame(t, b));
            eps_one = ALPHA * eps_one + 1.0;
            let top = net.layers.len() - 1;
            let mut at_output = minus(&softmax(&states[top].v), &one_hot(data.labels[b]));
            at_output.iter_mut().for_each(|d| *d /= samples);
            for (l, layer) in net.layers.iter().enumerate().rev() {
                let state = &states[l];
                let at_current = if l == top {
                    at_output.clone()
                } else {
                    product(
                        &at_output,
                        &state.v.iter().map(|v| surrogate(*v)).collect::<Vec<_>>(),
                    )
                };
                let integrates = layer.kind == Kind::Integrator;
                for (j, eps) in eps[l].iter_mut().enumerate() {
                    let q = if rule.post_reset { state.m[j] } else { state.v[j] };
                    let (gain, slope) = if integrates {
                        (1.0, 1.0)
                    } else if rule.triangle {
                        (
                            BETA * (1.0 - state.last[j]),
                            GAMMA * (1.0 - ((q - THETA) / THETA).abs()).max(0.0),
                        )
                    } else {
                        (BETA * (1.0 - state.last[j]), 1.0)
                    };
                    *eps = ALPHA * gain * *eps + (1.0 - ALPHA) * slope;
                }
                filter(&mut eps_x[l], ALPHA, &state.x);
                filter(&mut eps_r[l], ALPHA, &state.last);
                let frozen = (layer.kind == Kind::Immediate && !rule.recurrent_layers)
                    || (integrates && rule.generic_readout && fully_connected);
                if !frozen {
                    let signal = if rule.surrogate_in_signal {
                        &at_current
                    } else {
                        &at_output
                    };
                    let post = product(signal, &eps[l]);
                    let pre = if rule.trace_input { &eps_x[l] } else { &state.x };
                    add_outer(&mut grads[l].weight, 1.0, &post, pre);
                    add_outer(&mut grads[l].recurrent, 1.0, &post, &eps_r[l]);
                    let scaled: Vec<f64> = post.iter().map(|p| p * eps_one).collect();
                    filter(&mut grads[l].bias, 1.0, &scaled);
                }
                at_output = left(&layer.weight, &at_current);
            }
        }
    }
    for (layer, grads) in net.layers.iter_mut().zip(grads) {
        let descend = |weights: &mut [f64], grads: &[f64]| {
            weights.iter_mut().zip(grads).for_each(|(w, g)| *w -= rule.lr * g);
        };
        for (row, grad) in layer.weight.iter_mut().zip(&grads.weight) {
            descend(row, grad);
        }
        for (row, grad) in layer.recurrent.iter_mut().zip(&grads.recurrent) {
            descend(row, grad);
        }
        if rule.train_bias {
            descend(&mut layer.bias, &grads.bias);
        }
    }
}

fn agrees(model: &str, hidden: &[usize], integrator: bool, settings: &Value, rule: Rule) {
    let mut all = json!({ "lr": 0.5, "use_optimizer": false, "etrace_decay": ALPHA, "gamma": GAMMA });
    for (key, value) in settings.as_object().expect("settings") {
        all[key] = value.clone();
    }
    let networks = networks(model, hidden, integrator);
    compare(("esd_rtrl", all), networks, 1e-10, 2, |net, data, _| {
        literal(net, data, rule);
    });
}

#[test]
fn the_sequence_form_is_the_rule_step_by_step() {
    for model in ["fc_snn", "r_snn"] {
        for (settings, rule) in [
            (json!({}), PLAIN),
            (
                json!({ "pseudo_derivative": "signal" }),
                Rule {
                    triangle: false,
                    ..PLAIN
                },
            ),
            (
                json!({ "pseudo_derivative": "trace", "rec_bias_frozen": true }),
                Rule {
                    surrogate_in_signal: false,
                    train_bias: false,
                    ..PLAIN
                },
            ),
            (json!({ "compat": "neurotrain" }), REFERENCE),
            (
                json!({ "compat": "neurotrain", "frozen_recurrent": false, "generic_readout": false }),
                Rule {
                    recurrent_layers: true,
                    generic_readout: false,
                    ..REFERENCE
                },
            ),
        ] {
            agrees(model, &[9, 7], true, &settings, rule);
        }
    }
    agrees("fc_snn", &[9], false, &json!({}), PLAIN);
}

#[test]
#[should_panic(expected = "relative error")]
fn a_missing_input_trace_is_noticed() {
    let rule = Rule {
        trace_input: false,
        ..PLAIN
    };
    agrees("fc_snn", &[9], true, &json!({}), rule);
}
