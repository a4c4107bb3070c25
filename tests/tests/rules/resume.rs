//! A rule that is saved and restored goes on as if nothing had happened.

use crate::bench::{Bench, Data};
use serde_json::{Value, json};

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
        let one = running
            .train_batch(first.batch(data))
            .into_result()
            .expect("a batch");
        let other = restored
            .train_batch(second.batch(data))
            .into_result()
            .expect("a batch");
        assert_eq!(one.real("loss"), other.real("loss"), "{rule} {settings}");
    }
    for ((name, _, one), (_, _, other)) in first.params().into_iter().zip(second.params()) {
        let bits = |values: Vec<f64>| -> Vec<u64> { values.into_iter().map(f64::to_bits).collect() };
        assert_eq!(bits(one), bits(other), "{rule} {settings}: {name}");
    }
}

#[test]
fn a_restored_rule_continues_bit_for_bit() {
    let fc = || json!({ "hidden_sizes": [10, 8] });
    let rec = || json!({ "hidden_sizes": [10], "out_integrator": true });
    continues("bptt", json!({}), "fc_snn", fc());
    continues("bptt", json!({ "grad_clip": 0.1 }), "r_snn", rec());
    continues("ottt", json!({}), "fc_snn", fc());
    continues("ottt", json!({ "online_updates": false }), "r_snn", rec());
    continues("eprop", json!({}), "r_snn", rec());
    continues(
        "eprop",
        json!({ "compat": "neurotrain", "feedback": "random" }),
        "r_snn",
        rec(),
    );
    let spiking = || json!({ "hidden_sizes": [10] });
    continues("etlp", json!({}), "r_snn", spiking());
    continues("etlp", json!({ "use_optimizer": false }), "fc_snn", fc());
    continues("ostl", json!({ "feedback_alignment": true }), "fc_snn", fc());
    continues(
        "ostl",
        json!({ "use_optimizer": true, "ostl_complete": true }),
        "r_snn",
        spiking(),
    );
    continues("osttp", json!({}), "r_snn", spiking());
    continues("osttp", json!({ "compat": "neurotrain" }), "r_snn", spiking());
    continues("stsf", json!({}), "fc_snn", fc());
    continues("stsf", json!({ "use_optimizer": true }), "fc_snn", fc());
}
