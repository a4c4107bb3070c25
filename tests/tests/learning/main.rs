//! Whether the rules learn real digits with their defaults.

#![allow(clippy::print_stderr)] // figures, shown by --nocapture

#[path = "../golden_rules/plugins.rs"]
mod plugins;
mod training;

use serde_json::{Map, Value, json};
use training::{Experiment, train};

/// Five epochs of 8×8 digits: chance is 0.1.
#[test]
fn defaults_learn_the_bundled_digits() {
    let mut slow = Vec::new();
    for (rule, model, least) in [
        ("bptt", "fc_snn", 0.5),
        ("bptt", "r_snn", 0.5),
        ("ottt", "fc_snn", 0.5),
        ("ottt", "r_snn", 0.5),
        ("eprop", "r_snn", 0.5),
        ("stsf", "fc_snn", 0.5),
    ] {
        let outcome = train(&Experiment {
            batch: 32,
            ..Experiment::new(rule, model, "digits", 5)
        });
        eprintln!(
            "{rule} on {model}: test accuracy {:.3} after 5 epochs of digits",
            outcome.test
        );
        if outcome.test < least {
            slow.push(format!(
                "{rule} on {model}: {:.3}, expected at least {least}",
                outcome.test
            ));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

/// Two epochs are few for deep networks with little to read from a map's average; that they improve is enough here.
#[test]
fn convolutional_networks_improve_on_the_bundled_digits() {
    for (rule, model) in [
        ("bptt", "conv_snn"),
        ("ottt", "conv_snn"),
        ("bptt", "resnet_snn"),
        ("ottt", "resnet_snn"),
        ("tp", "resnet_snn"),
    ] {
        let mut experiment = Experiment {
            batch: 32,
            ..Experiment::new(rule, model, "digits", 2)
        };
        if model == "resnet_snn" {
            experiment.model_values.insert("channels".into(), json!([8, 16]));
        }
        if rule == "tp" {
            experiment
                .model_values
                .insert("out_integrator".into(), json!(true));
            experiment.rule_values.insert("lr".into(), json!(1e-3));
        }
        let outcome = train(&experiment);
        let (first, last) = (outcome.epochs[0], outcome.epochs[1]);
        eprintln!(
            "{rule} on {model}: loss {:.3}, then {:.3}; accuracy {:.3}, then {:.3}",
            first.loss, last.loss, first.train, last.train
        );
        assert!(
            last.loss < first.loss && last.train > first.train,
            "{rule} on {model}"
        );
    }
}

/// Experiments from the environment, one a line of `NEUROTRAIN_LEARN`:
/// `RULE MODEL DATASET EPOCHS BATCH [rule.KEY=VALUE | model.KEY=VALUE | data.KEY=VALUE | seed=N]…`
#[test]
#[ignore = "for tuning by hand: set NEUROTRAIN_LEARN"]
fn experiments_from_the_environment() {
    for line in std::env::var("NEUROTRAIN_LEARN")
        .unwrap_or_default()
        .lines()
        .filter(|l| !l.trim().is_empty())
    {
        let experiment = parse(line);
        let start = std::time::Instant::now();
        let outcome = train(&experiment);
        let curve: Vec<String> = outcome
            .epochs
            .iter()
            .map(|e| format!("{:.3}/{:.3}/{:.3}", e.loss, e.train, e.validation))
            .collect();
        eprintln!(
            "{line}\n    test {:.4}  {:.1} s  {}",
            outcome.test,
            start.elapsed().as_secs_f64(),
            curve.join(" ")
        );
    }
}

fn parse(line: &str) -> Experiment {
    let mut words = line.split_whitespace();
    let mut next = || words.next().expect("RULE MODEL DATASET EPOCHS BATCH");
    let (rule, model, dataset) = (next(), next(), next());
    let (epochs, batch) = (
        next().parse().expect("epochs"),
        next().parse().expect("a batch size"),
    );
    let mut experiment = Experiment {
        batch,
        ..Experiment::new(rule, model, dataset, epochs)
    };
    for word in words {
        let (key, text) = word.split_once('=').expect("KEY=VALUE");
        let value: Value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
        let (part, key) = key.split_once('.').unwrap_or(("", key));
        let values: &mut Map<String, Value> = match part {
            "rule" => &mut experiment.rule_values,
            "model" => &mut experiment.model_values,
            "data" => &mut experiment.dataset_values,
            _ => {
                experiment.seed = value.as_u64().expect("a seed");
                continue;
            }
        };
        values.insert(key.to_owned(), value);
    }
    experiment
}
