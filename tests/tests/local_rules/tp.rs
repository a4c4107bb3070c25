//! Traces propagation, with a target path and a contrast for every sample.

use crate::bench::{Bench, Data};
use crate::net::{
    BETA, CLASSES, Kind, Net, Rows, THETA, add_outer, compare, filter, left, minus, networks, one_hot,
    product, rows_of, softmax, surrogate, times, with_shortcut,
};
use serde_json::json;

const RHO: f64 = 0.95;
const LR: f64 = 0.1;

#[derive(Debug, Clone, Copy)]
struct Rule {
    alpha: f64,
    threshold: f64,
    train_bias: bool,
    train_projection: bool,
}

/// Membrane, spikes and traces of a hidden layer of one sample.
#[derive(Debug, Clone)]
struct Block {
    v: Vec<f64>,
    s: Vec<f64>,
    target: Vec<f64>,
    student: Vec<f64>,
}

fn literal(net: &mut Net, projection: &mut Rows, data: &Data, rule: Rule) {
    let samples = data.batch();
    let hidden = net.layers.len() - 1;
    let mut states = vec![net.states(); samples];
    let rest = |n: usize| Block {
        v: vec![0.0; n],
        s: vec![0.0; n],
        target: vec![0.0; n],
        student: vec![0.0; n],
    };
    let mut blocks: Vec<Vec<Block>> = (0..samples)
        .map(|_| (0..hidden).map(|l| rest(net.layers[l].weight.len())).collect())
        .collect();
    let mut labels = vec![vec![0.0; CLASSES]; samples];
    for t in 0..data.steps {
        let (now, projected) = (net.clone(), projection.clone());
        for b in 0..samples {
            now.step(&mut states[b], data.frame(t, b));
            let y = one_hot(data.labels[b]);
            filter(&mut labels[b], RHO, &y);
            let mut below = Vec::new();
            for l in 0..hidden {
                let current = match l {
                    0 => times(&projected, &y),
                    _ => times(&now.layers[l].weight, &below),
                };
                let block = &mut blocks[b][l];
                for (j, current) in current.into_iter().enumerate() {
                    block.v[j] = rule.alpha * block.v[j] + current - rule.threshold * block.s[j];
                    block.s[j] = f64::from(u8::from(block.v[j] >= rule.threshold));
                }
                let spikes = block.s.clone();
                filter(&mut block.target, RHO, &spikes);
                filter(&mut block.student, RHO, &states[b][l].s);
                below = now.read_from(l, |l| &blocks[b][l].s);
            }
        }
        for l in 0..hidden {
            let below = |b: usize| match l {
                0 => labels[b].clone(),
                _ => now.read_from(l - 1, |l| &blocks[b][l].target),
            };
            for b in 0..samples {
                let distance = |other: usize| -> f64 {
                    minus(&below(b), &below(other))
                        .iter()
                        .map(|d| d * d)
                        .sum::<f64>()
                        .sqrt()
                };
                let wanted = softmax(&(0..samples).map(|o| -distance(o)).collect::<Vec<_>>());
                let dot = |a: &[f64], b: &[f64]| product(a, b).iter().sum::<f64>();
                let similarity: Vec<f64> = (0..samples)
                    .map(|o| dot(&blocks[b][l].student, &blocks[o][l].target))
                    .collect();
                let error = minus(&softmax(&similarity), &wanted);
                for (other, error) in error.iter().enumerate() {
                    let error = -LR * error / samples as f64;
                    let slope: Vec<f64> = states[b][l].v.iter().map(|v| surrogate(*v)).collect();
                    let post = product(&blocks[other][l].target, &slope);
                    let layer = &mut net.layers[l];
                    add_outer(&mut layer.weight, error, &post, &states[b][l].x);
                    if layer.kind == Kind::Immediate {
                        add_outer(&mut layer.recurrent, error, &post, &states[b][l].last);
                        if rule.train_bias {
                            let scaled: Vec<f64> = post.iter().map(|p| error * p).collect();
                            filter(&mut layer.bias, 1.0, &scaled);
                        }
                    }
                    let atan = |v: &f64| 1.0 / (1.0 + (std::f64::consts::PI * (v - rule.threshold)).powi(2));
                    let slope: Vec<f64> = blocks[other][l].v.iter().map(atan).collect();
                    let post = product(&blocks[b][l].student, &slope);
                    match l {
                        0 if rule.train_projection => {
                            add_outer(projection, error, &post, &one_hot(data.labels[other]));
                        }
                        0 => (),
                        _ => {
                            let read = now.read_from(l - 1, |l| &blocks[other][l].s);
                            add_outer(&mut layer.weight, error, &post, &read);
                        }
                    }
                }
            }
        }
        for b in 0..samples {
            let error = minus(&softmax(&states[b][hidden].v), &one_hot(data.labels[b]));
            let trace = &blocks[b][hidden - 1].student;
            add_outer(
                &mut net.layers[hidden].weight,
                -LR / samples as f64,
                &error,
                trace,
            );
        }
    }
}

#[test]
fn classes_stand_for_their_samples() {
    let plain = Rule {
        alpha: BETA,
        threshold: THETA,
        train_bias: true,
        train_projection: true,
    };
    let constants = Rule {
        alpha: 0.53,
        threshold: 0.7,
        train_projection: false,
        ..plain
    };
    let reference = Rule {
        alpha: 0.53,
        train_bias: false,
        ..plain
    };
    for model in ["fc_snn", "r_snn"] {
        for (settings, rule) in [
            (json!({}), plain),
            (
                json!({ "alpha": 0.53, "vth": 0.7, "train_target_propagator": false }),
                constants,
            ),
            (json!({ "compat": "neurotrain" }), reference),
        ] {
            let mut all = json!({ "lr": LR, "beta": RHO, "use_optimizer": false });
            for (key, value) in settings.as_object().expect("settings") {
                all[key] = value.clone();
            }
            let mut projection: Option<Rows> = None;
            compare(
                ("tp", all),
                networks(model, &[9, 7], true),
                1e-8,
                3,
                |net, data, bench| {
                    let projection =
                        projection.get_or_insert_with(|| rows_of(&bench.param("S.weight"), CLASSES));
                    literal(net, projection, data, rule);
                },
            );
        }
    }
}

/// Compares a network with a shortcut, of which the literal copy may not know.
fn shortcut(known: bool) {
    let rule = Rule {
        alpha: BETA,
        threshold: THETA,
        train_bias: true,
        train_projection: true,
    };
    let mut projection: Option<Rows> = None;
    let (bench, net) = with_shortcut([8, 8, 6]);
    let net = Net {
        shortcut: known,
        ..net
    };
    compare(
        ("tp", json!({ "lr": LR, "beta": RHO, "use_optimizer": false })),
        (bench, net),
        1e-8,
        3,
        |net, data, bench| {
            let projection = projection.get_or_insert_with(|| rows_of(&bench.param("S.weight"), CLASSES));
            literal(net, projection, data, rule);
        },
    );
}

#[test]
fn targets_are_added_where_spikes_are() {
    shortcut(true);
}

#[test]
#[should_panic = "relative error"]
fn a_chain_in_the_place_of_a_shortcut_is_noticed() {
    shortcut(false);
}

#[test]
fn the_projection_learns_like_the_rest() {
    let (bench, mut net) = networks("fc_snn", &[9], true);
    let settings = json!({ "lr": LR, "beta": RHO, "use_optimizer": false });
    let mut trainer = bench.trainer("tp", settings);
    let start = bench.param("S.weight");
    let mut projection = rows_of(&start, CLASSES);
    let rule = Rule {
        alpha: BETA,
        threshold: THETA,
        train_bias: true,
        train_projection: true,
    };
    for seed in [1, 2] {
        let data = Data::random(seed, 7, 5, crate::net::INPUTS, CLASSES, false);
        literal(&mut net, &mut projection, &data, rule);
        trainer
            .train_batch(bench.batch(&data))
            .into_result()
            .expect("a batch");
    }
    let error = crate::bench::relative(
        &minus(&bench.param("S.weight"), &start),
        &minus(&projection.concat(), &start),
    );
    assert!(error <= 1e-8, "S.weight: relative error {error:e}");
    // Nothing crosses layers, so the readout could not have agreed by chance.
    assert!(
        left(&net.layers[1].weight, &[1.0; CLASSES])
            .iter()
            .any(|v| *v != 0.0)
    );
}

#[test]
#[should_panic(expected = "relative error")]
fn a_wrong_decay_of_the_target_path_is_noticed() {
    let rule = Rule {
        alpha: BETA * 1.01,
        threshold: THETA,
        train_bias: true,
        train_projection: true,
    };
    let settings = json!({ "lr": LR, "beta": RHO, "use_optimizer": false });
    let mut projection: Option<Rows> = None;
    let literally = |net: &mut Net, data: &Data, bench: &Bench| {
        let projection = projection.get_or_insert_with(|| rows_of(&bench.param("S.weight"), CLASSES));
        literal(net, projection, data, rule);
    };
    compare(
        ("tp", settings),
        networks("fc_snn", &[9, 7], true),
        1e-8,
        1,
        literally,
    );
}
