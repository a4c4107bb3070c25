//! Samplers that learn find better values than chance.

use crate::{folder, settings};
use neurotrain_study::{Direction, Distribution, Sampler, Space, Study, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SEEDS: u64 = 12;

/// A bowl over three numbers on different scales with a ridge between two of them, and a choice that shifts it.
fn cost(params: &BTreeMap<String, Value>) -> f64 {
    let x = params["x"].as_f64().unwrap() / 10.0 - 0.3;
    let lr = (params["lr"].as_f64().unwrap().log10() + 3.2) / 4.0;
    let n = params["n"].as_f64().unwrap() / 100.0 - 0.7;
    let choice = if params["choice"] == "b" { 0.0 } else { 0.1 };
    x * x + (lr + 0.5 * x) * (lr + 0.5 * x) + n * n + choice
}

/// The true cost of what looked best after `trials` noisy evaluations, and the mean of it over seeds.
fn mean_of_best(sampler: &Value, trials: usize) -> f64 {
    let folder = folder();
    let mut sum = 0.0;
    for seed in 0..SEEDS {
        let mut settings = settings(Sampler::read(sampler).unwrap());
        settings.direction = Direction::Minimize;
        settings.seed = seed;
        settings.space = Space::from_iter([
            ("x", Distribution::float(0.0, 10.0, false, None).unwrap()),
            ("lr", Distribution::float(1e-5, 0.1, true, None).unwrap()),
            ("n", Distribution::int(0, 100, false, 1).unwrap()),
            ("choice", Distribution::categorical(["a", "b", "c"].map(|c| json!(c)).into()).unwrap()),
        ]);
        let mut study = Study::open(&folder.path().join(seed.to_string()), settings, "w").unwrap();
        for number in 0..trials {
            let trial = study.ask(BTreeMap::new()).unwrap().unwrap();
            let noise = 0.01 * ((number as f64 * 12.9898 + seed as f64 * 78.233).sin() * 43758.547).fract();
            study.tell(trial.number, Verdict::Complete(cost(&trial.params) + noise)).unwrap();
        }
        sum += cost(&study.best().unwrap().params);
    }
    sum / SEEDS as f64
}

#[test]
fn tpe_and_cma_es_beat_chance() {
    let random = mean_of_best(&json!("random"), 100);
    let tpe = mean_of_best(&json!("tpe"), 100);
    let cma_es = mean_of_best(&json!("cmaes"), 100);
    eprintln!("mean of best: random {random:.5}, tpe {tpe:.5}, cmaes {cma_es:.5}");
    assert!(tpe < 0.5 * random, "TPE {tpe}, random {random}");
    assert!(cma_es < 0.5 * random, "CMA-ES {cma_es}, random {random}");
}
