//! Refusals, what must not move, and going on after a restart.

use crate::bench::{Bench, Data};
use serde_json::{Value, json};

fn refusal(rule: &str, model: &str, values: Value, settings: Value, reason: &str) {
    let bench = Bench::new(model, values, 8, 3, 1);
    let error = bench.check(rule, settings).expect_err("a refusal");
    assert_eq!(error.code(), "refused", "{rule}: {error}");
    assert!(error.to_string().contains(reason), "{rule}: {error}");
}

#[test]
fn what_a_rule_cannot_train_is_refused_with_a_way_out() {
    let spiking = || json!({ "hidden_sizes": [6] });
    let integrator = || json!({ "hidden_sizes": [6], "out_integrator": true });
    refusal("tp", "fc_snn", spiking(), json!({}), "out_integrator: true");
    refusal(
        "tp",
        "fc_snn",
        json!({ "hidden_sizes": [], "out_integrator": true }),
        json!({}),
        "hidden_sizes",
    );
    refusal(
        "esd_rtrl",
        "fc_snn",
        integrator(),
        json!({ "detach_state_each_step": false }),
        "bptt",
    );
    for rule in ["ell", "bell", "fell"] {
        refusal(rule, "fc_snn", integrator(), json!({}), "out_integrator: false");
        refusal(rule, "r_snn", spiking(), json!({}), "recurrent");
        refusal(
            rule,
            "fc_snn",
            json!({ "hidden_sizes": [] }),
            json!({}),
            "hidden_sizes",
        );
    }
    refusal(
        "bell",
        "fc_snn",
        json!({ "reset_mechanism": "zero" }),
        json!({ "surrogate": "exponential" }),
        "surrogate: network",
    );
    for model in ["fc_snn", "r_snn"] {
        for values in [spiking(), integrator()] {
            let bench = Bench::new(model, values, 8, 3, 1);
            for rule in ["decolle", "esd_rtrl"] {
                assert_eq!(bench.check(rule, json!({})), Ok(()), "{rule} on {model}");
            }
        }
    }
}

#[test]
fn three_rates_are_three() {
    let bench = Bench::new("r_snn", json!({ "out_integrator": true }), 8, 3, 1);
    let plugin = crate::plugins::Plugin::rule("esd_rtrl");
    let mut config = plugin.config(&serde_json::Map::new());
    config.set("lr_layer_norm", vec![1.0, 1.0]);
    let error = bench.bind(&plugin, &config).expect_err("two rates");
    assert!(error.to_string().contains("must have 3"), "{error}");
}

/// Names of the parameters that four batches move.
fn moved(rule: &str, settings: Value, model: &str) -> Vec<String> {
    let values = json!({ "hidden_sizes": [10, 8], "out_integrator": true });
    let bench = Bench::new(model, values, 12, 4, 1);
    for (name, shape, values) in bench.params() {
        let stronger: Vec<f64> = values.iter().map(|w| 3.0 * w).collect();
        bench.set(&name, &shape, &stronger);
    }
    let mut trainer = bench.trainer(rule, settings);
    let before = bench.params();
    for seed in 0..4 {
        let data = Data::random(seed, 8, 6, 12, 4, false);
        trainer
            .train_batch(bench.batch(&data))
            .into_result()
            .expect("a batch");
    }
    let after = bench.params();
    let moved = before.into_iter().zip(after).filter(|(b, a)| b.2 != a.2);
    moved.map(|(b, _)| b.0).collect()
}

#[test]
fn only_what_a_rule_trains_moves() {
    let reference = || json!({ "compat": "neurotrain" });
    let fc = ["synapses.0.weight", "synapses.1.weight", "synapses.2.weight"];
    assert_eq!(moved("esd_rtrl", reference(), "fc_snn"), fc[..2]);
    assert_eq!(moved("esd_rtrl", json!({}), "fc_snn"), fc);
    assert_eq!(moved("esd_rtrl", reference(), "r_snn"), ["fc_out.weight"]);
    let all = moved("esd_rtrl", json!({}), "r_snn");
    assert_eq!(all.len(), 7, "{all:?}");
    for rule in ["decolle", "tp"] {
        for (settings, biases) in [(json!({}), 2), (reference(), 0)] {
            let names = moved(rule, settings.clone(), "r_snn");
            let found = names.iter().filter(|n| n.ends_with("recurrent.bias")).count();
            assert_eq!(found, biases, "{rule} {settings}: {names:?}");
            let weights = names
                .iter()
                .filter(|n| n.ends_with("weight") && *n != "S.weight")
                .count();
            assert_eq!(weights, 5, "{rule} {settings}: {names:?}");
        }
    }
    let kept = moved("tp", json!({ "train_target_propagator": false }), "fc_snn");
    assert_eq!(kept, fc);
}

fn continues(rule: &str, settings: Value, model: &str, model_values: Value) {
    let batches: Vec<Data> = (0..4)
        .map(|seed| Data::random(seed, 5, 6, 12, 4, false))
        .collect();
    let first = Bench::new(model, model_values.clone(), 12, 4, 1);
    let mut running = first.trainer(rule, settings.clone());
    for data in &batches[..2] {
        running
            .train_batch(first.batch(data))
            .into_result()
            .expect("a batch");
    }
    let state = running.save().into_result().expect("a state");
    // Another seed: whatever is not restored shows.
    let second = Bench::new(model, model_values, 12, 4, 2);
    let mut restored = second.trainer(rule, settings.clone());
    for (name, shape, values) in first.params() {
        second.set(&name, &shape, &values);
    }
    restored.load(state).into_result().expect("a restored state");
    for data in &batches[2..] {
        let loss = |outcome: neurotrain_plugin_api::Bundle| outcome.real("loss");
        let one = running.train_batch(first.batch(data)).into_result();
        let other = restored.train_batch(second.batch(data)).into_result();
        assert_eq!(
            loss(one.expect("a batch")),
            loss(other.expect("a batch")),
            "{rule} {settings}"
        );
    }
    for ((name, _, one), (_, _, other)) in first.params().into_iter().zip(second.params()) {
        let bits = |values: Vec<f64>| -> Vec<u64> { values.into_iter().map(f64::to_bits).collect() };
        assert_eq!(bits(one), bits(other), "{rule} {settings}: {name}");
    }
}

#[test]
fn a_restored_rule_continues_bit_for_bit() {
    let integrator = || json!({ "hidden_sizes": [10, 8], "out_integrator": true });
    let spiking = || json!({ "hidden_sizes": [10, 8] });
    continues("decolle", json!({ "h_with_noise": true }), "fc_snn", integrator());
    continues(
        "decolle",
        json!({ "compat": "neurotrain" }),
        "r_snn",
        integrator(),
    );
    continues("esd_rtrl", json!({}), "r_snn", integrator());
    continues(
        "esd_rtrl",
        json!({ "compat": "neurotrain" }),
        "fc_snn",
        integrator(),
    );
    continues("tp", json!({}), "fc_snn", integrator());
    continues("tp", json!({ "compat": "neurotrain" }), "r_snn", integrator());
    for rule in ["ell", "bell", "fell"] {
        continues(rule, json!({}), "fc_snn", spiking());
    }
}
