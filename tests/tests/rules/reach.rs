//! Every weight that a rule trains moves in the first batches, by finite amounts, and no other does.

use crate::bench::{Bench, Data};
use neurotrain_engine::ParamKind;
use serde_json::{Value, json};

const CLASSES: usize = 4;
const BATCHES: u64 = 3;
/// Samples of the image that convolutions see, too.
const SHAPE: [usize; 3] = [1, 6, 6];

/// A parameter: its name, whether the rule leaves it as it is, and its values before and after.
type Change = (String, bool, Vec<f64>, Vec<f64>);

fn changes(rule: &str, settings: Value, model: &str, values: Value) -> Vec<Change> {
    let bench = Bench::shaped(model, values, &SHAPE, CLASSES, 1);
    for (name, shape, values) in bench.params() {
        if name.ends_with("weight") && !name.contains("recurrent") {
            bench.set(&name, &shape, &values.iter().map(|w| 3.0 * w).collect::<Vec<_>>());
        }
    }
    let mut trainer = bench.trainer(rule, settings);
    let before = bench.params();
    for seed in 0..BATCHES {
        let data = Data::random(seed, 6, 8, SHAPE.iter().product(), CLASSES, false);
        trainer
            .train_batch(bench.batch(&data))
            .into_result()
            .expect("a batch");
    }
    let after = bench.network.params().expect("parameters");
    before
        .into_iter()
        .zip(bench.params())
        .zip(after)
        .map(|(((name, _, before), (_, _, after)), param)| {
            (
                name,
                param.spared || param.kind == ParamKind::OwnFixed,
                before,
                after,
            )
        })
        .collect()
}

/// What is wrong with the changes, if anything is.
fn fault(changes: &[Change]) -> Option<String> {
    changes.iter().find_map(|(name, spared, before, after)| {
        if after.iter().any(|v| !v.is_finite()) {
            Some(format!("`{name}` is not finite"))
        } else if *spared != (before == after) {
            Some(format!(
                "`{name}` moves: {}, is spared: {spared}",
                before != after
            ))
        } else {
            None
        }
    })
}

#[test]
fn what_is_trained_moves_and_nothing_else() {
    let fc = |integrator: bool| {
        (
            "fc_snn",
            json!({ "hidden_sizes": [10, 8], "out_integrator": integrator }),
        )
    };
    let rec = |integrator: bool| {
        (
            "r_snn",
            json!({ "hidden_sizes": [10], "out_integrator": integrator }),
        )
    };
    let conv = |integrator: bool| {
        let values = json!({ "channels": [4, 6], "kernel": 3, "padding": 1, "out_integrator": integrator });
        ("conv_snn", values)
    };
    for (rule, networks) in [
        (
            "bptt",
            vec![fc(false), fc(true), rec(false), rec(true), conv(false)],
        ),
        (
            "ottt",
            vec![fc(false), fc(true), rec(false), rec(true), conv(false)],
        ),
        ("eprop", vec![rec(true)]),
        ("stsf", vec![fc(false)]),
        ("decolle", vec![fc(true), rec(true), conv(true)]),
        ("esd_rtrl", vec![fc(true), rec(true), conv(true)]),
        ("etlp", vec![fc(false), rec(false)]),
        ("ostl", vec![fc(false), rec(false)]),
        ("osttp", vec![fc(false), rec(false)]),
        ("tp", vec![fc(true), rec(true)]),
        ("ell", vec![fc(false), conv(false)]),
        ("bell", vec![fc(false), conv(false)]),
        ("fell", vec![fc(false), conv(false)]),
    ] {
        for (model, values) in networks {
            let found = changes(rule, json!({}), model, values.clone());
            assert_eq!(fault(&found), None, "{rule} on {model} {values}");
        }
    }
}

#[test]
fn what_a_rule_spares_is_known_and_stays() {
    let values = json!({ "hidden_sizes": [10], "out_integrator": true });
    let reference = || json!({ "compat": "neurotrain" });
    for rule in ["eprop", "esd_rtrl"] {
        let found = changes(rule, reference(), "r_snn", values.clone());
        assert!(
            found.iter().any(|c| c.1 && c.0.ends_with("recurrent.bias")),
            "{rule}"
        );
        assert!(
            found
                .iter()
                .all(|(_, spared, before, after)| !spared || before == after),
            "{rule}"
        );
    }
}

/// A rule that forgot a matrix, moved one that it says it spares, or left a NaN.
#[test]
fn a_wrong_rule_is_noticed() {
    let values = json!({ "hidden_sizes": [10, 8] });
    let sound = changes("bptt", json!({}), "fc_snn", values);
    assert_eq!(fault(&sound), None);
    let mut forgetful = sound.clone();
    forgetful[1].3 = forgetful[1].2.clone();
    assert!(fault(&forgetful).is_some());
    let mut meddling = sound.clone();
    meddling[1].1 = true;
    assert!(fault(&meddling).is_some());
    let mut exploding = sound;
    exploding[1].3[0] = f64::NAN;
    assert!(fault(&exploding).is_some());
}
