//! How ETLP, OSTL and OSTTP turn gradients into weights.

use crate::bench::{Bench, Data, relative};
use serde_json::{Value, json};

const INPUTS: usize = 12;
const CLASSES: usize = 4;

/// A recurrent network, strong enough to fire.
fn bench(integrator: bool) -> Bench {
    let model = json!({ "hidden_sizes": [9, 7], "out_integrator": integrator });
    let bench = Bench::new("r_snn", model, INPUTS, CLASSES, 5);
    for (name, shape, values) in bench.params() {
        if name.ends_with("weight") && !name.contains("recurrent") {
            bench.set(&name, &shape, &values.iter().map(|w| 3.0 * w).collect::<Vec<_>>());
        }
    }
    bench
}

/// Parameters before a batch of `steps` steps, and their changes over the learning rate.
fn changes(rule: &str, settings: Value, steps: usize, integrator: bool) -> Vec<(String, Vec<f64>, Vec<f64>)> {
    let bench = bench(integrator);
    let lr = settings["lr"].as_f64().expect("a rate");
    let mut trainer = bench.trainer(rule, settings);
    let before = bench.params();
    let data = Data::random(4, steps, 3, INPUTS, CLASSES, false);
    trainer
        .train_batch(bench.batch(&data))
        .into_result()
        .expect("a batch");
    let after = bench.params();
    before
        .into_iter()
        .zip(after)
        .map(|((name, _, before), (_, _, after))| {
            let change = before.iter().zip(&after).map(|(b, a)| (b - a) / lr).collect();
            (name, before, change)
        })
        .collect()
}

fn all(changes: &[(String, Vec<f64>, Vec<f64>)]) -> Vec<f64> {
    changes.iter().flat_map(|c| c.2.clone()).collect()
}

#[test]
fn deferred_ostl_is_the_sum_of_its_steps() {
    for complete in [false, true] {
        // So small a rate that weights are frozen but for the seventh digit.
        let run = |deferred: bool| {
            let settings = json!({ "lr": 1e-7, "deferred": deferred, "ostl_complete": complete });
            all(&changes("ostl", settings, 7, false))
        };
        let error = relative(&run(false), &run(true));
        assert!(error <= 1e-5, "complete {complete}: relative error {error:e}");
    }
}

#[test]
fn complete_eligibilities_are_others() {
    let run = |complete: bool| {
        let settings = json!({ "lr": 0.1, "deferred": true, "ostl_complete": complete });
        all(&changes("ostl", settings, 7, false))
    };
    assert!(relative(&run(true), &run(false)) > 1e-3);
}

#[test]
fn a_limit_cuts_every_element_of_what_is_applied() {
    const LIMIT: f64 = 0.02;
    for (rule, settings, steps) in [
        ("etlp", json!({ "lr": 1.0, "use_optimizer": false }), 1),
        ("ostl", json!({ "lr": 1.0 }), 1),
        ("ostl", json!({ "lr": 1.0, "deferred": true }), 7),
        ("osttp", json!({ "lr": 1.0, "use_optimizer": false }), 7),
    ] {
        let free = all(&changes(rule, settings.clone(), steps, false));
        let mut limited = settings;
        limited["grad_clip"] = json!(LIMIT);
        let cut: Vec<f64> = free.iter().map(|g| g.clamp(-LIMIT, LIMIT)).collect();
        assert!(relative(&cut, &free) > 0.1, "{rule}: nothing to cut");
        let error = relative(&all(&changes(rule, limited, steps, false)), &cut);
        assert!(error <= 1e-12, "{rule}: relative error {error:e}");
    }
}

#[test]
fn etlp_regularises_matrices_alone() {
    let plain = changes("etlp", json!({ "lr": 0.1, "use_optimizer": false }), 1, false);
    let regularised = changes(
        "etlp",
        json!({ "lr": 0.1, "use_optimizer": false, "weight_l1": 0.01, "weight_l2": 0.3 }),
        1,
        false,
    );
    for ((name, weights, plain), (_, _, regularised)) in plain.iter().zip(&regularised) {
        let expected: Vec<f64> = weights
            .iter()
            .zip(plain)
            .map(|(w, g)| match name.ends_with("weight") {
                true => g + 0.01 * w.signum() + 0.3 * w,
                false => *g,
            })
            .collect();
        let worst = expected
            .iter()
            .zip(regularised)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(worst <= 1e-12, "{name}: {worst:e}");
    }
}

#[test]
fn an_integrating_readout_learns_unless_its_spikes_are_asked() {
    let moved = |settings: Value| -> bool {
        let changes = changes("osttp", settings, 7, true);
        let readout = changes
            .iter()
            .find(|c| c.0 == "fc_out.weight")
            .expect("a readout");
        readout.2.iter().any(|c| *c != 0.0)
    };
    for loss in ["mse", "ce"] {
        let settings = |compat: &str| json!({ "lr": 0.1, "compat": compat, "output_loss": loss });
        assert!(moved(settings("recommended")), "{loss}");
        // In the reference the pseudo-derivative at a distance of 1e9 silences it.
        assert!(!moved(settings("neurotrain")), "{loss}");
    }
}

#[test]
fn only_plain_descent_has_a_rate_of_its_own() {
    let rate = |settings: Value| {
        let bench = bench(false);
        let mut trainer = bench.trainer("ostl", settings);
        let data = Data::random(4, 5, 3, INPUTS, CLASSES, false);
        let report = trainer.train_batch(bench.batch(&data)).into_result();
        report.expect("a batch").real("scalar.lr").expect("a rate")
    };
    assert_eq!(rate(json!({})), 0.1);
    assert_eq!(rate(json!({ "use_optimizer": true })), 1e-3);
    assert_eq!(rate(json!({ "compat": "neurotrain" })), 1e-3);
    assert_eq!(rate(json!({ "lr": 0.5 })), 0.5);
}
