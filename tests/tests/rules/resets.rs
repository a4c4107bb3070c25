//! Every reset of the fully connected and the recurrent networks can be trained.

use crate::bench::{Bench, Data};
use serde_json::{Value, json};

/// Losses of the same batch, over and over.
fn losses(model: &str, values: Value, rule: &str, settings: Value) -> Vec<f64> {
    let bench = Bench::new(model, values, 12, 3, 2);
    let data = Data::random(4, 6, 6, 12, 3, false);
    let mut trainer = bench.trainer(rule, settings);
    let batch = |_| {
        let report = trainer
            .train_batch(bench.batch(&data))
            .into_result()
            .expect("a batch");
        report.real("loss").expect("a loss")
    };
    (0..30).map(batch).collect()
}

fn falls(model: &str, values: Value) {
    for (rule, settings) in [("bptt", json!({ "lr": 0.02 })), ("ottt", json!({}))] {
        let losses = losses(model, values.clone(), rule, settings);
        let (first, last) = (losses[0], losses[losses.len() - 1]);
        assert!(last < 0.8 * first, "{rule} on {model} with {values}: {losses:?}");
    }
}

#[test]
fn feed_forward_networks_learn_with_every_reset() {
    for reset in ["subtract", "zero", "none"] {
        falls(
            "fc_snn",
            json!({ "hidden_sizes": [16, 12], "threshold": 0.3, "reset_mechanism": reset, "out_integrator": true }),
        );
    }
}

#[test]
fn recurrent_networks_learn_with_every_reset_in_both_orders() {
    for reset in ["subtract", "zero", "none"] {
        for order in ["immediate", "delayed"] {
            falls(
                "r_snn",
                json!({
                    "hidden_sizes": [16, 12], "threshold": 0.3, "reset_mechanism": reset, "reset_order": order, "out_integrator": true
                }),
            );
        }
    }
}

#[test]
fn the_order_of_the_reset_matters() {
    let first = |order: &str| {
        let values =
            json!({ "hidden_sizes": [16], "reset_order": order, "threshold": 0.3, "out_integrator": true });
        losses("r_snn", values, "bptt", json!({ "lr": 0.0 }))[0]
    };
    assert_ne!(first("immediate"), first("delayed"));
}
