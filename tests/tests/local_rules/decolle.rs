//! DECOLLE.

use crate::bench::{Bench, Data};
use crate::net::{
    BETA, CLASSES, Kind, Net, THETA, add_outer, compare, filter, minus, networks, one_hot, product, rows_of,
    softmax, times,
};
use serde_json::{Value, json};

/// What differs between the settings tested.
#[derive(Debug, Clone, Copy)]
struct Rule {
    lr: f64,
    burn_in: usize,
    synapse_decay: f64,
    post_reset: bool,
    train_bias: bool,
    /// Learning rates grow tenfold from layer to layer.
    growing: bool,
}

const PLAIN: Rule = Rule {
    lr: 0.05,
    burn_in: 0,
    synapse_decay: 0.0,
    post_reset: false,
    train_bias: true,
    growing: false,
};

fn literal(net: &mut Net, data: &Data, bench: &Bench, rule: Rule) {
    let samples = data.batch();
    let mut states = vec![net.states(); samples];
    let zeros =
        |net: &Net| -> Vec<Vec<f64>> { net.layers.iter().map(|l| vec![0.0; l.weight[0].len()]).collect() };
    let mut synapse = vec![zeros(net); samples];
    let mut input = synapse.clone();
    let mut recurrent: Vec<Vec<Vec<f64>>> =
        vec![net.layers.iter().map(|l| vec![0.0; l.weight.len()]).collect(); samples];
    let (mut one, mut synapse_one) = (0.0, 0.0);
    for t in 0..data.steps {
        synapse_one = rule.synapse_decay * synapse_one + 1.0;
        one = BETA * one + synapse_one;
        let before = net.clone();
        for b in 0..samples {
            before.step(&mut states[b], data.frame(t, b));
            let target = one_hot(data.labels[b]);
            for (l, layer) in net.layers.iter_mut().enumerate() {
                let state = &states[b][l];
                let decay = if layer.kind == Kind::Integrator { 1.0 } else { BETA };
                filter(&mut synapse[b][l], rule.synapse_decay, &state.x);
                let filtered = synapse[b][l].clone();
                filter(&mut input[b][l], decay, &filtered);
                filter(&mut recurrent[b][l], decay, &state.last);
                if t < rule.burn_in {
                    continue;
                }
                let q = if rule.post_reset { &state.m } else { &state.v };
                let post = if layer.kind == Kind::Integrator {
                    minus(&softmax(q), &target)
                } else {
                    let n = layer.weight.len();
                    let forward = rows_of(&bench.param(&format!("G.{l}")), n);
                    let backward = rows_of(&bench.param(&format!("H.{l}")), CLASSES);
                    let error = minus(&times(&forward, &state.s), &target);
                    let slope: Vec<f64> = q
                        .iter()
                        .map(|q| {
                            let sig = 1.0 / (1.0 + (-5.0 * (q - THETA)).exp());
                            5.0 * sig * (1.0 - sig) / CLASSES as f64
                        })
                        .collect();
                    product(&times(&backward, &error), &slope)
                };
                let rate = if rule.growing { 10f64.powi(l as i32) } else { 1.0 };
                let rate = -rule.lr * rate / samples as f64;
                add_outer(&mut layer.weight, rate, &post, &input[b][l]);
                if layer.kind == Kind::Immediate {
                    add_outer(&mut layer.recurrent, rate, &post, &recurrent[b][l]);
                    if rule.train_bias {
                        filter(
                            &mut layer.bias,
                            1.0,
                            &post.iter().map(|p| rate * one * p).collect::<Vec<_>>(),
                        );
                    }
                }
            }
        }
    }
}

fn agrees(model: &str, mut settings: Value, rule: Rule) {
    settings["use_optimizer"] = json!(false);
    let networks = networks(model, &[9, 7], true);
    compare(("decolle", settings), networks, 1e-10, 3, |net, data, bench| {
        literal(net, data, bench, rule);
    });
}

#[test]
fn decolle_is_its_equations() {
    for model in ["fc_snn", "r_snn"] {
        agrees(model, json!({ "lr": 0.05 }), PLAIN);
        agrees(
            model,
            json!({ "lr": 0.05, "h_with_noise": true, "burn_in": 3, "synapse_decay": 0.5 }),
            Rule {
                burn_in: 3,
                synapse_decay: 0.5,
                ..PLAIN
            },
        );
        agrees(
            model,
            json!({ "lr": 0.001, "compat": "neurotrain", "lr_scale_per_layer": true }),
            Rule {
                lr: 0.001,
                post_reset: true,
                train_bias: false,
                growing: true,
                ..PLAIN
            },
        );
    }
}

#[test]
#[should_panic(expected = "relative error")]
fn a_trace_that_decays_too_slowly_is_noticed() {
    let rule = Rule {
        synapse_decay: 0.01,
        ..PLAIN
    };
    agrees("fc_snn", json!({ "lr": 0.05 }), rule);
}
