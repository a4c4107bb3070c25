//! Exact alternatives of one rule: checkpoints and micro-batches change what BPTT keeps, not what it computes.

use crate::bench::{Bench, Data, relative};
use serde_json::{Value, json};

const CLASSES: usize = 4;
const STEPS: usize = 11;

struct Case {
    model: &'static str,
    values: Value,
    shape: &'static [usize],
    /// Parameter made larger, so that neurons fire.
    first: &'static str,
}

fn cases() -> Vec<Case> {
    let case = |model, values, shape, first| Case {
        model,
        values,
        shape,
        first,
    };
    vec![
        case(
            "fc_snn",
            json!({ "hidden_sizes": [9, 7] }),
            &[12],
            "synapses.0.weight",
        ),
        case(
            "fc_snn",
            json!({ "hidden_sizes": [9], "out_integrator": true }),
            &[12],
            "synapses.0.weight",
        ),
        case(
            "r_snn",
            json!({ "hidden_sizes": [9, 7] }),
            &[12],
            "input_layers.0.weight",
        ),
        case(
            "r_snn",
            json!({ "hidden_sizes": [9], "out_integrator": true }),
            &[12],
            "input_layers.0.weight",
        ),
        case("conv_snn", json!({ "kernel": 3 }), &[1, 12, 12], "conv1.weight"),
    ]
}

/// Changes of all parameters in two batches, and the losses.
fn train(case: &Case, settings: &Value, data: &[Data]) -> (Vec<(String, Vec<f64>)>, Vec<f64>) {
    let bench = Bench::shaped(case.model, case.values.clone(), case.shape, CLASSES, 5);
    let params = bench.params();
    for (name, shape, values) in &params {
        if name == case.first {
            bench.set(name, shape, &values.iter().map(|w| 4.0 * w).collect::<Vec<_>>());
        }
    }
    let before = bench.params();
    let mut trainer = bench.trainer("bptt", settings.clone());
    let losses = data
        .iter()
        .map(|data| {
            let report = trainer
                .train_batch(bench.batch(data))
                .into_result()
                .expect("a batch");
            report.real("loss").expect("a loss")
        })
        .collect();
    let change = |(name, _, before): (String, Vec<usize>, Vec<f64>)| {
        let after = bench.param(&name);
        (name, after.iter().zip(&before).map(|(a, b)| a - b).collect())
    };
    (before.into_iter().map(change).collect(), losses)
}

#[test]
fn checkpoints_and_micro_batches_give_the_same_gradients() {
    for case in cases() {
        let inputs = case.shape.iter().product();
        let data: Vec<Data> = [1, 2]
            .map(|seed| Data::random(seed, STEPS, 5, inputs, CLASSES, false))
            .into();
        for loss in ["ce_rate", "mse_count", "ce_count"] {
            let settings = |extra: Value| {
                let mut all = json!({ "loss_type": loss, "use_optimizer": false, "lr": 1.0 });
                for (key, value) in extra.as_object().into_iter().flatten() {
                    all[key] = value.clone();
                }
                all
            };
            let (whole, losses) = train(&case, &settings(json!({})), &data);
            let moved = whole
                .iter()
                .filter(|(_, change)| change.iter().any(|v| *v != 0.0))
                .count();
            assert!(
                moved > 1,
                "{} under {loss}: only {moved} parameters move",
                case.model
            );
            for other in [
                json!({ "checkpoint": "sqrt" }),
                json!({ "checkpoint": 1 }),
                json!({ "checkpoint": 4 }),
                json!({ "checkpoint": STEPS + 1 }),
                json!({ "micro_batch": 2 }),
                json!({ "micro_batch": 1, "checkpoint": 5 }),
            ] {
                let (parts, part_losses) = train(&case, &settings(other.clone()), &data);
                for ((name, got), (_, want)) in parts.iter().zip(&whole) {
                    if want.iter().all(|v| *v == 0.0) {
                        assert_eq!(got, want, "{name}");
                        continue;
                    }
                    let error = relative(got, want);
                    assert!(error < 1e-10, "{} {name} under {other}: {error:e}", case.model);
                }
                for (got, want) in part_losses.iter().zip(&losses) {
                    assert!(
                        (got - want).abs() < 1e-10,
                        "loss {got} under {other} instead of {want}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_schedule_that_makes_no_sense_is_refused() {
    use neurotrain_plugin_api::Trainer;
    let manifest = neurotrain_rule_bptt::Bptt::manifest();
    let check = |name: &str, value: Value| {
        let schema = manifest
            .params
            .iter()
            .find(|p| p.name == name)
            .expect("the parameter");
        schema.check(&value)
    };
    assert!(check("checkpoint", json!("sqrt")).is_ok() && check("checkpoint", json!(10)).is_ok());
    for wrong in [json!("often"), json!(0), json!(2.5), json!(true)] {
        let message = check("checkpoint", wrong).expect_err("refused").to_string();
        assert!(
            message.contains("whole number") && message.contains("sqrt"),
            "{message}"
        );
    }
    assert!(check("micro_batch", Value::Null).is_ok() && check("micro_batch", json!(0)).is_err());
}
