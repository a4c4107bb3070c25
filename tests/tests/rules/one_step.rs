//! In a sequence of one step there is no past: traces are inputs, and OTTT is spatial backpropagation.

use crate::bench::{Bench, Data, relative};
use serde_json::{Value, json};

const CLASSES: usize = 4;
const SHAPE: [usize; 3] = [1, 6, 6];

/// Changes of all parameters in one batch of plain descent.
fn changes(rule: &str, settings: Value, model: &str, values: &Value, steps: usize) -> Vec<f64> {
    let bench = Bench::shaped(model, values.clone(), &SHAPE, CLASSES, 1);
    for (name, shape, values) in bench.params() {
        if name.ends_with("weight") {
            bench.set(&name, &shape, &values.iter().map(|w| 4.0 * w).collect::<Vec<_>>());
        }
    }
    let before = bench.params();
    let data = Data::random(3, steps, 6, SHAPE.iter().product(), CLASSES, false);
    bench
        .trainer(rule, settings)
        .train_batch(bench.batch(&data))
        .into_result()
        .expect("a batch");
    let pairs = before.into_iter().zip(bench.params());
    pairs
        .flat_map(|((_, _, before), (_, _, after))| {
            let change: Vec<f64> = before.iter().zip(&after).map(|(b, a)| a - b).collect();
            change
        })
        .collect()
}

fn distance(model: &str, values: &Value, steps: usize, ottt: Value) -> f64 {
    let bptt = json!({ "use_optimizer": false, "lr": 1.0 });
    let exact = changes("bptt", bptt, model, values, steps);
    relative(&changes("ottt", ottt, model, values, steps), &exact)
}

#[test]
fn ottt_is_backpropagation() {
    for (model, values) in [
        (
            "fc_snn",
            json!({ "hidden_sizes": [10, 8], "out_integrator": true }),
        ),
        (
            "r_snn",
            json!({ "hidden_sizes": [10, 8], "out_integrator": true }),
        ),
        (
            "conv_snn",
            json!({ "channels": [4, 6], "kernel": 3, "padding": 1, "out_integrator": true }),
        ),
    ] {
        let error = distance(model, &values, 1, json!({ "lr": 1.0 }));
        assert!(error < 1e-10, "{model}: relative error {error:e}");
        // With a past it is not: the check can fail.
        let error = distance(model, &values, 4, json!({ "lr": 1.0, "online_updates": false }));
        assert!(error > 1e-3, "{model}: relative error {error:e}");
    }
}
