//! The exact alternatives of a rule give the same weights: step by step with traces, all steps at once, and what `auto`
//! takes.

use crate::bench::{Bench, Data, relative};
use neurotrain_plugin_api::rng::Stream;
use serde_json::{Value, json};

/// Largest relative difference of the change of a parameter.
/// Rounding of two orders of summation, which updates at every step feed back.
const EXACT: f64 = 1e-9;
const STEPS: [usize; 4] = [1, 2, 7, 20];
const DENSITIES: [f64; 3] = [0.0, 0.05, 0.5];

/// A rule, and what it is asked for beside the execution.
struct Mode {
    rule: &'static str,
    recurrent: bool,
    integrator: bool,
    /// Most hidden layers.
    depth: u64,
    settings: Value,
}

fn modes() -> Vec<Mode> {
    let mut modes = Vec::new();
    let mut add = |rule, recurrent, integrator, depth, settings| {
        modes.push(Mode {
            rule,
            recurrent,
            integrator,
            depth,
            settings,
        });
    };
    for update_mode in ["per_sequence", "per_step"] {
        let settings = |extra: Value| {
            with(
                &json!({ "update_mode": update_mode, "lr": 0.5, "use_optimizer": false }),
                &extra,
            )
        };
        for extra in [
            json!({}),
            json!({ "tau_out": 0.0 }),
            json!({ "update_every": 3 }),
            json!({ "update_last": true }),
            json!({ "feedback": "random", "lr_layer_norm": [1.0, 0.5, 2.0] }),
            json!({ "compat": "neurotrain" }),
        ] {
            add("eprop", true, true, 1, settings(extra));
        }
    }
    for recurrent in [false, true] {
        for deferred in [false, true] {
            let settings = |extra: Value| with(&json!({ "deferred": deferred, "lr": 0.2 }), &extra);
            for extra in [
                json!({}),
                json!({ "gain": "zero_reset" }),
                json!({ "feedback_alignment": true, "grad_clip": 0.01 }),
                json!({ "compat": "neurotrain", "lr": 0.2 }),
            ] {
                add("ostl", recurrent, false, 2, settings(extra));
            }
        }
        for integrator in [false, true] {
            for output_loss in ["mse", "ce"] {
                let settings = json!({ "output_loss": output_loss, "lr": 0.2, "use_optimizer": false });
                add("osttp", recurrent, integrator, 2, settings);
            }
            for extra in [
                json!({}),
                json!({ "pseudo_derivative": "signal" }),
                json!({ "compat": "neurotrain" }),
            ] {
                let settings = with(&json!({ "lr": 0.2, "use_optimizer": false }), &extra);
                add("esd_rtrl", recurrent, integrator, 2, settings);
            }
        }
        add("ottt", recurrent, false, 2, json!({ "online_updates": false }));
    }
    modes
}

#[test]
fn every_execution_gives_the_same_weights() {
    let mut random = Stream::new(3, "test.executions", 0);
    let mut moved = 0;
    for mode in modes() {
        for steps in STEPS {
            for density in DENSITIES.map(Some).into_iter().chain([None]) {
                let mut sizes = |most: u64| 1 + random.below(most) as usize;
                let inputs = 3 + sizes(12);
                let hidden: Vec<usize> = (0..sizes(mode.depth)).map(|_| 2 + sizes(9)).collect();
                let (batch, classes) = (sizes(5), 1 + sizes(4));
                let data = [1, 2].map(|seed| match density {
                    Some(density) => Data::spikes(seed, steps, batch, inputs, classes, density),
                    None => Data::random(seed, steps, batch, inputs, classes, true),
                });
                let run = |execution: &str| {
                    let settings = with(&mode.settings, &json!({ "execution": execution }));
                    train(&mode, &hidden, settings, &data)
                };
                let online = run("online");
                // Where sequences are long, `auto` takes traces in the place of a history; else it is `sequence`.
                let others: &[&str] = if steps < 20 {
                    &["sequence"]
                } else {
                    &["sequence", "auto"]
                };
                for other in others {
                    let ours = run(other);
                    for ((name, want), (_, got)) in online.iter().zip(&ours) {
                        let context = format!(
                            "{} {} on {inputs}-{hidden:?}-{classes}, {batch} samples, {steps} steps, density {density:?}: \
                             `{name}` under `{other}`",
                            mode.rule, mode.settings
                        );
                        if want.iter().all(|v| *v == 0.0) {
                            assert!(got.iter().all(|v| v.abs() < 1e-14), "{context} moves");
                            continue;
                        }
                        moved += 1;
                        let error = relative(got, want);
                        assert!(error < EXACT, "{context}: relative error {error:e}");
                    }
                }
            }
        }
    }
    assert!(moved > 1000, "only {moved} parameters moved");
}

/// Changes of all parameters in two batches, and the losses.
fn train(mode: &Mode, hidden: &[usize], settings: Value, data: &[Data; 2]) -> Vec<(String, Vec<f64>)> {
    let model = if mode.recurrent { "r_snn" } else { "fc_snn" };
    let values = json!({ "hidden_sizes": hidden, "out_integrator": mode.integrator });
    let bench = Bench::new(model, values, data[0].inputs, data[0].classes, 5);
    for (name, shape, values) in bench.params() {
        if name.ends_with("weight") && !name.contains("recurrent.") {
            let strong: Vec<f64> = values.iter().map(|w| 3.0 * w).collect();
            bench.set(&name, &shape, &strong);
        }
    }
    let before = bench.params();
    let mut trainer = bench.trainer(mode.rule, settings);
    let mut losses = Vec::new();
    for data in data {
        let report = trainer
            .train_batch(bench.batch(data))
            .into_result()
            .expect("a batch");
        losses.push(report.real("loss").expect("a loss"));
        losses.extend(
            report
                .tensor("predictions")
                .and_then(|p| p.to_vec())
                .expect("predictions"),
        );
    }
    let change = |(name, _, before): (String, Vec<usize>, Vec<f64>)| {
        let after = bench.param(&name);
        (name, after.iter().zip(&before).map(|(a, b)| a - b).collect())
    };
    let mut changes: Vec<_> = before.into_iter().map(change).collect();
    changes.push(("loss".into(), losses));
    changes
}

#[test]
fn parts_of_a_batch_add_up() {
    // Large enough that neither the traces nor the sequence of the batch are kept at once.
    let (batch, inputs, classes, steps) = (40, 300, 3, 3);
    for (rule, recurrent, integrator, settings) in [
        ("eprop", true, true, json!({ "use_optimizer": false })),
        ("ostl", true, false, json!({ "deferred": true })),
        ("osttp", false, false, json!({ "use_optimizer": false })),
    ] {
        let mode = Mode {
            rule,
            recurrent,
            integrator,
            depth: 1,
            settings,
        };
        let data = [1, 2].map(|seed| Data::spikes(seed, steps, batch, inputs, classes, 0.2));
        let run = |execution: &str| {
            let settings = with(&mode.settings, &json!({ "execution": execution }));
            train(&mode, &[200], settings, &data)
        };
        for ((name, got), (_, want)) in run("online").iter().zip(&run("sequence")) {
            if want.iter().any(|v| *v != 0.0) {
                let error = relative(got, want);
                assert!(error < EXACT, "{rule} `{name}`: relative error {error:e}");
            }
        }
    }
}

#[test]
fn forms_without_a_trace_per_synapse_refuse_to_run_step_by_step() {
    let online = |extra: Value| with(&json!({ "execution": "online" }), &extra);
    let spiking = || json!({ "hidden_sizes": [6] });
    let recurrent = Bench::new("r_snn", spiking(), 8, 3, 1);
    let plain = Bench::new("fc_snn", spiking(), 8, 3, 1);
    for (rule, settings, reason) in [
        ("ostl", json!({ "ostl_complete": true }), "ostl_complete: false"),
        (
            "osttp",
            json!({ "eligibility": "exact" }),
            "eligibility: diagonal",
        ),
        (
            "osttp",
            json!({ "eligibility": "row_mixing" }),
            "eligibility: diagonal",
        ),
        (
            "osttp",
            json!({ "compat": "neurotrain" }),
            "eligibility: diagonal",
        ),
    ] {
        let error = recurrent
            .check(rule, online(settings.clone()))
            .expect_err("a refusal");
        assert_eq!(error.code(), "refused", "{rule}: {error}");
        assert!(error.to_string().contains(reason), "{rule} {settings}: {error}");
        assert_eq!(
            recurrent.check(rule, settings.clone()),
            Ok(()),
            "{rule} {settings}"
        );
        // Without recurrence nothing is mixed.
        assert_eq!(
            plain.check(rule, online(settings.clone())),
            Ok(()),
            "{rule} {settings}"
        );
    }
    let error = plain
        .check("ottt", json!({ "execution": "sequence" }))
        .expect_err("a refusal");
    assert!(error.to_string().contains("online_updates"), "{error}");
}

/// `settings` with the values of `extra` on top.
pub(crate) fn with(settings: &Value, extra: &Value) -> Value {
    let mut all = settings.clone();
    for (key, value) in extra.as_object().into_iter().flatten() {
        all[key] = value.clone();
    }
    all
}
