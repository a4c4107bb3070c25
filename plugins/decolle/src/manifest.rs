//! What the rule says about itself.

use neurotrain_plugin_api::{Component, Paper, ParamSchema, Taxonomy};

pub(crate) fn manifest() -> Component {
    let mut manifest = Component::new(
        "decolle",
        "Deep continuous local learning",
        "every layer learns at every step from the error of a fixed random classifier of its own spikes",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["fc", "rec", "conv"])
    .paper(Paper {
        title: "Synaptic Plasticity Dynamics for Deep Continuous Local Learning (DECOLLE)".into(),
        year: 2020,
        doi: "10.3389/fnins.2020.00424".into(),
        arxiv: "1811.10766".into(),
        bibtex: include_str!("../paper.bib").into(),
    })
    .taxonomy(Taxonomy {
        strategy: "supervised".into(),
        learning_signal: "error of a fixed random classifier of the layer's own spikes".into(),
        temporally_local: true,
        spatially_local: true,
        traces: true,
        projection: "none".into(),
        local_classifier: true,
        memory_in_t: "constant".into(),
        ..Taxonomy::default()
    })
    .docs(include_str!("../README.md"));
    manifest.params = params();
    manifest
}

fn params() -> Vec<ParamSchema> {
    vec![
        ParamSchema::float("lr", 1e-3, "learning rate")
            .range(0.0, 10.0)
            .search(1e-5, 1e-1)
            .log(),
        ParamSchema::float(
            "g_scale",
            0.5,
            "bound of the local classifiers' weights, times the root of the layer's size",
        )
        .range(0.0, 100.0)
        .search(0.1, 2.0),
        ParamSchema::int("burn_in", 0, "steps at the start of a sequence that do not teach").at_least(0.0),
        ParamSchema::choice(
            "surrogate",
            "sigmoid",
            &["sigmoid", "boxcar"],
            "pseudo-derivative of a spike with respect to the membrane",
        ),
        ParamSchema::float("surrogate_scale", 5.0, "steepness of the sigmoid")
            .range(1e-6, 1e6)
            .search(1.0, 20.0),
        ParamSchema::float("delta", 0.5, "half width of the boxcar")
            .range(0.0, 1e6)
            .search(0.1, 1.0),
        ParamSchema::bool(
            "h_with_noise",
            false,
            "errors return through a noisy copy of the classifier instead of its transpose",
        ),
        ParamSchema::float(
            "omega_std",
            0.5,
            "standard deviation of that noise, a factor around 1",
        )
        .at_least(0.0),
        ParamSchema::float("lambda_u_upper", 0.0, "penalty on mean membranes above -0.01").at_least(0.0),
        ParamSchema::float("lambda_u_lower", 0.0, "penalty on mean membranes below 0.1").at_least(0.0),
        ParamSchema::bool(
            "lr_scale_per_layer",
            false,
            "the learning rate grows tenfold from layer to layer",
        ),
        ParamSchema::bool(
            "use_optimizer",
            true,
            "true: Adam; false: plain gradient descent; null: false under compat: neurotrain, else true",
        )
        .nullable(),
        ParamSchema::float(
            "synapse_decay",
            0.0,
            "decay of a synaptic filter before the membrane's, as the paper's neurons have; 0: none",
        )
        .range(0.0, 1.0),
        ParamSchema::compat(),
        ParamSchema::switch(
            "post_reset_psi",
            "pseudo-derivative at the membrane after its reset",
        ),
        ParamSchema::switch(
            "gap_unscaled",
            "the error of a feature map's mean is not divided among its positions",
        ),
        ParamSchema::switch(
            "ignore_pooling",
            "spread errors evenly below a pooling layer instead of to the maxima",
        ),
        ParamSchema::switch("rec_bias_frozen", "leave the recurrent bias at its initial value"),
    ]
}
