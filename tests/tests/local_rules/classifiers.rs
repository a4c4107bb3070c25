//! ELL, BELL and FELL, by finite differences.
//!
//! Spikes have no derivative, so the losses are differentiated around what the network did: spikes answer a shift of
//! their membrane in proportion to the surrogate derivative there, and resets stay as they were. What a shift of a
//! weight reaches - the same step, the membranes, the classifier's membranes - is where the three rules differ.

use crate::bench::{Bench, Data, relative};
use crate::net::{
    BETA, CLASSES, INPUTS, Net, Rows, THETA, filter, minus, networks, one_hot, rows_of, spike, surrogate,
    times,
};
use serde_json::json;

const HIDDEN: [usize; 2] = [9, 7];
const LR: f64 = 0.5;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    Ell,
    Bell,
    Fell,
}

/// What a block - a layer and its classifier - did in one step for one sample.
#[derive(Debug, Clone)]
struct Did {
    x: Vec<f64>,
    s: Vec<f64>,
    slope: Vec<f64>,
    classifier_s: Vec<f64>,
    classifier_slope: Vec<f64>,
    target: Vec<f64>,
    /// Weights of the classifier in this step.
    classifier: Rows,
}

/// Derivatives of the mean squared error with respect to a shift of one weight of every step, summed over the steps
/// `counted`; `layer` says whose.
fn derivative(
    rule: Rule,
    history: &[Vec<Did>],
    counted: std::ops::Range<usize>,
    of_layer: bool,
    at: (usize, usize),
) -> f64 {
    let (row, col) = at;
    let loss = |shift: f64| -> f64 {
        let mut sum = 0.0;
        for sample in history {
            let mut du = vec![0.0; sample[0].s.len()];
            let mut dv = vec![0.0; CLASSES];
            for (t, did) in sample.iter().enumerate() {
                let keep = |rule_keeps: bool| if rule_keeps { BETA } else { 0.0 };
                du.iter_mut().for_each(|d| *d *= keep(rule != Rule::Ell));
                // FELL drops the classifier's memory of earlier changes of the layer's spikes.
                dv.iter_mut()
                    .for_each(|d| *d *= keep(rule == Rule::Bell || (rule == Rule::Fell && !of_layer)));
                if of_layer {
                    du[row] += shift * did.x[col];
                } else {
                    dv[row] += shift * did.s[col];
                }
                let ds: Vec<f64> = du.iter().zip(&did.slope).map(|(d, slope)| d * slope).collect();
                filter(&mut dv, 1.0, &times(&did.classifier, &ds));
                if counted.contains(&t) {
                    sum += (0..CLASSES)
                        .map(|c| {
                            (did.classifier_s[c] + did.classifier_slope[c] * dv[c] - did.target[c]).powi(2)
                        })
                        .sum::<f64>();
                }
            }
        }
        sum / (history.len() * CLASSES) as f64
    };
    // The loss is quadratic in the shift, so its size does not matter.
    (loss(0.5) - loss(-0.5)) / 1.0
}

/// The readout is a block of its own: its spikes are compared with the label as they are.
fn readout_derivative(
    rule: Rule,
    history: &[Vec<Did>],
    counted: std::ops::Range<usize>,
    at: (usize, usize),
) -> f64 {
    let (row, col) = at;
    let loss = |shift: f64| -> f64 {
        let mut sum = 0.0;
        for sample in history {
            let mut du = 0.0;
            for (t, did) in sample.iter().enumerate() {
                du = if rule == Rule::Ell { 0.0 } else { BETA * du } + shift * did.x[col];
                if counted.contains(&t) {
                    sum += (did.s[row] + did.slope[row] * du - did.target[row]).powi(2);
                }
            }
        }
        sum / (history.len() * CLASSES) as f64
    };
    loss(0.5) - loss(-0.5)
}

/// One batch of a rule that is updated after every `every` steps, or at the end where it is none.
fn literal(
    rule: Rule,
    net: &mut Net,
    classifiers: &mut [Rows],
    data: &Data,
    every_step: bool,
    first_frame: bool,
) {
    let samples = data.batch();
    let mut states = vec![net.states(); samples];
    let mut membranes = vec![vec![vec![0.0; CLASSES]; HIDDEN.len()]; samples];
    // By layer, then by sample.
    let mut history: Vec<Vec<Vec<Did>>> = vec![vec![Vec::new(); samples]; net.layers.len()];
    for t in 0..data.steps {
        for b in 0..samples {
            net.step(&mut states[b], data.frame(if first_frame { 0 } else { t }, b));
            for (l, state) in states[b].iter().enumerate() {
                let mut did = Did {
                    x: state.x.clone(),
                    s: state.s.clone(),
                    slope: state.v.iter().map(|v| surrogate(*v)).collect(),
                    classifier_s: Vec::new(),
                    classifier_slope: Vec::new(),
                    target: one_hot(data.labels[b]),
                    classifier: Vec::new(),
                };
                if let Some(weights) = classifiers.get(l) {
                    let membrane = &mut membranes[b][l];
                    for (u, current) in membrane.iter_mut().zip(times(weights, &state.s)) {
                        *u = BETA * *u + current - spike(*u) * THETA;
                    }
                    did.classifier_s = membrane.iter().map(|u| spike(*u)).collect();
                    did.classifier_slope = membrane.iter().map(|u| surrogate(*u)).collect();
                    did.classifier.clone_from(weights);
                }
                history[l][b].push(did);
            }
        }
        if !every_step && t + 1 < data.steps {
            continue;
        }
        let counted = if every_step { t..t + 1 } else { 0..data.steps };
        for (l, layer) in net.layers.iter_mut().enumerate() {
            let hidden = l < HIDDEN.len();
            for (j, row) in layer.weight.iter_mut().enumerate() {
                for (i, weight) in row.iter_mut().enumerate() {
                    *weight -= LR
                        * match hidden {
                            true => derivative(rule, &history[l], counted.clone(), true, (j, i)),
                            false => readout_derivative(rule, &history[l], counted.clone(), (j, i)),
                        };
                }
            }
            for (c, row) in classifiers.get_mut(l).into_iter().flatten().enumerate() {
                for (j, weight) in row.iter_mut().enumerate() {
                    *weight -= LR * derivative(rule, &history[l], counted.clone(), false, (c, j));
                }
            }
        }
    }
}

fn classifiers_of(bench: &Bench) -> Vec<Rows> {
    HIDDEN
        .iter()
        .enumerate()
        .map(|(l, n)| rows_of(&bench.param(&format!("aux.{l}.weight")), *n))
        .collect()
}

fn agrees(rule: Rule, key: &str, extra: &[(&str, bool)], every_step: bool, first_frame: bool) {
    let (bench, mut net) = networks("fc_snn", &HIDDEN, false);
    let mut settings = json!({ "lr": LR, "use_optimizer": false });
    for (name, value) in extra {
        settings[*name] = json!(value);
    }
    let mut trainer = bench.trainer(key, settings);
    // Classifiers that fire.
    for (l, n) in HIDDEN.iter().enumerate() {
        let name = format!("aux.{l}.weight");
        let values: Vec<f64> = bench.param(&name).iter().map(|w| 4.0 * w).collect();
        bench.set(&name, &[CLASSES, *n], &values);
    }
    let mut classifiers = classifiers_of(&bench);
    let (start, first) = (net.clone(), classifiers.clone());
    for seed in [1, 2] {
        let data = Data::random(seed, 6, 4, INPUTS, CLASSES, false);
        literal(rule, &mut net, &mut classifiers, &data, every_step, first_frame);
        trainer
            .train_batch(bench.batch(&data))
            .into_result()
            .expect("a batch");
    }
    net.agrees(&bench, &start, 1e-9, key);
    for (l, ((ours, theirs), start)) in classifiers_of(&bench)
        .iter()
        .zip(&classifiers)
        .zip(&first)
        .enumerate()
    {
        let change = |now: &Rows| minus(&now.concat(), &start.concat());
        let error = relative(&change(ours), &change(theirs));
        assert!(error <= 1e-9, "{key}: classifier {l}: relative error {error:e}");
    }
}

#[test]
fn ell_descends_its_losses_within_a_step() {
    agrees(Rule::Ell, "ell", &[], true, false);
}

#[test]
fn ell_may_see_the_first_frame_alone() {
    agrees(Rule::Ell, "ell", &[("first_frame", true)], true, true);
}

#[test]
fn bell_descends_its_losses_over_the_sequence() {
    agrees(Rule::Bell, "bell", &[], false, false);
}

#[test]
fn fell_descends_its_losses_with_traces() {
    agrees(Rule::Fell, "fell", &[], true, false);
    agrees(Rule::Fell, "fell", &[("online_updates", false)], false, false);
}

#[test]
#[should_panic(expected = "relative error")]
fn the_three_differ() {
    agrees(Rule::Bell, "fell", &[("online_updates", false)], false, false);
}
