//! Samplers and pruners as people write them.

use neurotrain_study::{Pruner, Sampler};
use serde_json::json;

#[test]
fn names_are_understood_in_every_spelling() {
    for name in ["tpe", "TPE", "TPESampler", "tpe_sampler"] {
        assert_eq!(Sampler::read(&json!(name)).unwrap(), Sampler::default(), "{name}");
    }
    assert_eq!(Sampler::read(&json!(null)).unwrap(), Sampler::default());
    for name in ["random", "RandomSampler"] {
        assert_eq!(Sampler::read(&json!(name)).unwrap(), Sampler::Random);
    }
    for name in ["cmaes", "cma_es", "CMA-ES", "CmaEsSampler"] {
        assert!(
            matches!(Sampler::read(&json!(name)).unwrap(), Sampler::CmaEs { .. }),
            "{name}"
        );
    }
    let grid = Sampler::read(&json!({"name": "GridSampler", "points": 4})).unwrap();
    assert_eq!(grid, Sampler::Grid { points: 4 });
    for none in [
        json!(null),
        json!("none"),
        json!("NopPruner"),
        json!({"name": null}),
    ] {
        assert_eq!(Pruner::read(&none).unwrap(), Pruner::None, "{none}");
    }
    for name in ["asha", "successive_halving", "SuccessiveHalvingPruner"] {
        assert!(
            matches!(Pruner::read(&json!(name)).unwrap(), Pruner::Asha { .. }),
            "{name}"
        );
    }
    assert!(matches!(
        Pruner::read(&json!({"name": "HyperbandPruner", "max_resource": "auto"})).unwrap(),
        Pruner::Hyperband {
            max_resource: None,
            ..
        }
    ));
    assert!(matches!(
        Pruner::read(&json!("MedianPruner")).unwrap(),
        Pruner::Median { .. }
    ));
}

#[test]
fn mistakes_are_answered_with_what_was_meant() {
    for (written, part) in [
        (json!("tpee"), "did you mean `tpe`?"),
        (json!("zebra"), "known: tpe, random, cmaes, grid"),
        (
            json!({"name": "tpe", "n_startup_trial": 3}),
            "did you mean `n_startup_trials`?",
        ),
        (json!({"name": "random", "seed": 3}), "setting `seed` is unknown"),
        (json!({"n_startup_trials": 3}), "`name`"),
        (
            json!({"name": "tpe", "n_startup_trials": -3}),
            "is -3, not a whole number",
        ),
        (json!({"name": "cmaes", "sigma0": 3}), "parts of the ranges"),
    ] {
        let message = Sampler::read(&written).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
    for (written, part) in [
        (json!("medain"), "did you mean `median`?"),
        (json!({"name": "threshold"}), "needs `lower`, `upper`"),
        (json!({"name": "asha", "reduction_factor": 1}), "at least 2"),
    ] {
        let message = Pruner::read(&written).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}
