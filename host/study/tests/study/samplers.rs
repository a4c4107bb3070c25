//! Samplers that learn find better values than chance.

use crate::{folder, settings};
use neurotrain_study::{Direction, Distribution, Sampler, Space, Study, Trial, Verdict};
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

const TRIALS: u64 = 100;

/// The true cost of what looked best after noisy evaluations by `workers` at once, and the mean of it over seeds.
fn mean_of_best(sampler: &str, workers: u64, failing: u64) -> f64 {
    let folder = folder();
    let mut sum = 0.0;
    for seed in 0..SEEDS {
        let mut settings = settings(Sampler::read(&json!(sampler)).unwrap());
        settings.direction = Direction::Minimize;
        settings.seed = seed;
        settings.space = Space::from_iter([
            ("x", Distribution::float(0.0, 10.0, false, None).unwrap()),
            ("lr", Distribution::float(1e-5, 0.1, true, None).unwrap()),
            ("n", Distribution::int(0, 100, false, 1).unwrap()),
            (
                "choice",
                Distribution::categorical(["a", "b", "c"].map(|c| json!(c)).into()).unwrap(),
            ),
        ]);
        let mut study = Study::open(&folder.path().join(seed.to_string()), settings, "w").unwrap();
        for _ in 0..TRIALS / workers {
            let asked: Vec<Trial> = (0..workers)
                .map(|_| study.ask(BTreeMap::new()).unwrap().unwrap())
                .collect();
            for trial in asked {
                let noise =
                    0.01 * ((trial.number as f64 * 12.9898 + seed as f64 * 78.233).sin() * 43758.547).fract();
                let verdict = match failing == 0 || trial.number % failing != 2 {
                    true => Verdict::Complete(cost(&trial.params) + noise),
                    false => Verdict::Failed("on purpose".to_owned()),
                };
                study.tell(trial.number, verdict).unwrap();
            }
        }
        sum += cost(&study.best().unwrap().params);
    }
    sum / SEEDS as f64
}

#[test]
fn tpe_and_cma_es_beat_chance() {
    let random = mean_of_best("random", 1, 0);
    for sampler in ["tpe", "cmaes"] {
        let alone = mean_of_best(sampler, 1, 0);
        let crowd = mean_of_best(sampler, 5, 9);
        eprintln!("mean of best: random {random:.5}, {sampler} {alone:.5}, by five with failures {crowd:.5}");
        assert!(alone < 0.3 * random, "{sampler} {alone}, random {random}");
        assert!(crowd < 0.6 * random, "{sampler} by five {crowd}, random {random}");
    }
}
