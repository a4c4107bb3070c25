//! Parameters that network families share.

use crate::ParamSchema;

/// `beta`, `threshold` and `reset_mechanism` of leaky integrate-and-fire neurons ([`Lif`](crate::Lif)), to be included in
/// a model's schema. `beta` is the default; a search looks from `lowest` to 0.99.
pub fn lif_params(beta: f64, lowest: f64) -> Vec<ParamSchema> {
    vec![
        ParamSchema::float("beta", beta, "membrane decay per step")
            .range(0.0, 1.0)
            .search(lowest, 0.99),
        ParamSchema::float("threshold", 1.0, "firing threshold")
            .range(1e-6, 1e6)
            .search(0.5, 1.5),
        ParamSchema::choice(
            "reset_mechanism",
            "subtract",
            &["subtract", "zero", "none"],
            "what a spike does to the membrane",
        ),
    ]
}

/// `out_integrator`, and `surrogate_slope` of the fast sigmoid: what the classifiers of small networks have beside
/// [`lif_params`].
pub fn classifier_params() -> Vec<ParamSchema> {
    vec![
        ParamSchema::bool(
            "out_integrator",
            false,
            "the readout integrates its input and never spikes",
        ),
        ParamSchema::float(
            "surrogate_slope",
            25.0,
            "steepness of the fast-sigmoid surrogate derivative",
        )
        .range(0.1, 1000.0),
    ]
}
