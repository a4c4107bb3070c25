//! The factored forms of the rules are the rules: double precision against the literal equations.

use crate::bench::{Bench, Data, relative};
use crate::literal::{self, EProp, Matrix, Recurrent};
use serde_json::{Value, json};

const INPUTS: usize = 12;
const HIDDEN: usize = 9;
const CLASSES: usize = 4;
const EXACT: f64 = 1e-10;

fn recurrent(bench: &Bench) -> Recurrent {
    Recurrent {
        input: Matrix::new(INPUTS, bench.param("input_layers.0.weight")),
        recurrent: Matrix::new(HIDDEN, bench.param("recurrent_layers.0.recurrent.weight")),
        bias: Matrix::new(1, bench.param("recurrent_layers.0.recurrent.bias")),
        readout: Matrix::new(HIDDEN, bench.param("fc_out.weight")),
    }
}

/// Two batches of e-prop, by the plugin and literally.
fn eprop(settings: Value, constant: bool, rule: &EProp) {
    let model = json!({ "hidden_sizes": [HIDDEN], "out_integrator": true });
    let bench = Bench::new("r_snn", model, INPUTS, CLASSES, 5);
    let weights = bench.param("input_layers.0.weight");
    // Strong enough to fire.
    bench.set(
        "input_layers.0.weight",
        &[HIDDEN, INPUTS],
        &weights.iter().map(|w| 3.0 * w).collect::<Vec<_>>(),
    );
    let mut trainer = bench.trainer("eprop", settings.clone());
    let mut net = recurrent(&bench);
    let start = net.clone();
    let mut rule = rule.clone();
    if rule.feedback.is_some() {
        rule.feedback = Some(Matrix::new(HIDDEN, bench.param("feedback.0")));
    }
    for seed in [1, 2] {
        let data = Data::random(seed, 7, 3, INPUTS, CLASSES, constant);
        trainer
            .train_batch(bench.batch(&data))
            .into_result()
            .expect("a batch");
        literal::eprop(&mut net, &data, &rule);
    }
    let ours = recurrent(&bench);
    if !rule.train_bias {
        assert_eq!(ours.bias.values, start.bias.values, "bias under {settings}");
    }
    for (name, ours, reference, start) in [
        ("input", &ours.input, &net.input, &start.input),
        ("recurrent", &ours.recurrent, &net.recurrent, &start.recurrent),
        ("bias", &ours.bias, &net.bias, &start.bias),
        ("readout", &ours.readout, &net.readout, &start.readout),
    ] {
        if name == "bias" && !rule.train_bias {
            continue;
        }
        let change =
            |m: &Matrix| -> Vec<f64> { m.values.iter().zip(&start.values).map(|(a, b)| a - b).collect() };
        let error = relative(&change(ours), &change(reference));
        assert!(
            error <= EXACT,
            "{name} under {settings}: relative error {error:e}"
        );
    }
}

fn rule() -> EProp {
    let kappa = (-1.0_f64 / 30.0).exp();
    EProp {
        lr: 0.5,
        alpha: 0.9,
        kappa,
        gamma: 0.3,
        centre: 1.0,
        post_reset: false,
        train_bias: true,
        last: false,
        rates: [1.0; 3],
        per_step: false,
        every: 1,
        feedback: None,
    }
}

#[test]
fn eprop_per_sequence_is_literal_eprop() {
    let base = json!({ "use_optimizer": false, "lr": 0.5 });
    for constant in [false, true] {
        eprop(base.clone(), constant, &rule());
    }
    let mut sparse = base.clone();
    sparse["update_every"] = json!(3);
    eprop(sparse, false, &EProp { every: 3, ..rule() });
    let mut random = base;
    random["feedback"] = json!("random");
    eprop(
        random,
        false,
        &EProp {
            feedback: Some(Matrix::new(1, Vec::new())),
            ..rule()
        },
    );
}

#[test]
fn eprop_per_step_is_literal_eprop() {
    let base = json!({ "use_optimizer": false, "lr": 0.5, "update_mode": "per_step" });
    for constant in [false, true] {
        for tau_out in [30.0, 0.0] {
            let mut settings = base.clone();
            settings["tau_out"] = json!(tau_out);
            let kappa = if tau_out > 0.0 { rule().kappa } else { 0.0 };
            eprop(
                settings,
                constant,
                &EProp {
                    per_step: true,
                    kappa,
                    ..rule()
                },
            );
        }
    }
    let mut sparse = base;
    sparse["update_every"] = json!(2);
    eprop(
        sparse,
        false,
        &EProp {
            per_step: true,
            every: 2,
            ..rule()
        },
    );
}

#[test]
fn eprop_under_compat_is_the_literal_reference() {
    // Plain descent averages over the batch in the reference too; the needle at 0.03 is hit by few neurons,
    // so it is made wide enough to be seen.
    let base = json!({ "compat": "neurotrain", "use_optimizer": false, "lr": 0.5, "threshold": 0.3,
                       "lr_layer_norm": [0.5, 2.0, 0.25] });
    let reference = EProp {
        alpha: (-1.0_f64 / 20.0).exp(),
        centre: 0.3,
        post_reset: true,
        train_bias: false,
        rates: [0.5, 2.0, 0.25],
        per_step: true,
        ..rule()
    };
    for (last, every) in [(false, 1), (false, 3), (true, 1)] {
        for mode in ["per_step", "per_sequence"] {
            let mut settings = base.clone();
            settings["update_last"] = json!(last);
            settings["update_every"] = json!(every);
            settings["update_mode"] = json!(mode);
            let per_step = mode == "per_step";
            eprop(
                settings,
                false,
                &EProp {
                    last,
                    every,
                    per_step,
                    ..reference.clone()
                },
            );
        }
    }
}

#[test]
fn deferred_ottt_is_the_sum_of_its_steps() {
    for execution in ["auto", "online", "sequence"] {
        deferred_ottt(execution);
    }
}

fn deferred_ottt(execution: &str) {
    let bench = Bench::new(
        "fc_snn",
        json!({ "hidden_sizes": [HIDDEN, 7] }),
        INPUTS,
        CLASSES,
        5,
    );
    let sizes = [(HIDDEN, INPUTS), (7, HIDDEN), (CLASSES, 7)];
    let mut layers = Vec::new();
    for (l, (rows, cols)) in sizes.into_iter().enumerate() {
        let name = format!("synapses.{l}.weight");
        let weights: Vec<f64> = bench.param(&name).iter().map(|w| 3.0 * w).collect();
        bench.set(&name, &[rows, cols], &weights);
        layers.push(Matrix::new(cols, weights));
    }
    let settings = json!({
        "online_updates": false, "lr": 1.0, "loss_lambda": 0.25, "execution": execution
    });
    let mut trainer = bench.trainer("ottt", settings);
    let data = Data::random(3, 7, 3, INPUTS, CLASSES, false);
    trainer
        .train_batch(bench.batch(&data))
        .into_result()
        .expect("a batch");
    let gradients = literal::ottt(&layers, &data, 25.0, 0.25);
    for (l, (before, gradient)) in layers.iter().zip(&gradients).enumerate() {
        let after = bench.param(&format!("synapses.{l}.weight"));
        let change: Vec<f64> = before.values.iter().zip(&after).map(|(b, a)| b - a).collect();
        let error = relative(&change, &gradient.values);
        assert!(error <= EXACT, "layer {l}, {execution}: relative error {error:e}");
    }
}
