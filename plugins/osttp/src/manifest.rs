//! What the rule says about itself.

use crate::eligibility::Eligibility;
use neurotrain_plugin_api::{Component, Paper, ParamSchema, Taxonomy};

pub(crate) fn manifest() -> Component {
    let mut manifest = Component::new(
        "osttp",
        "Online spatio-temporal learning with target projection",
        "eligibilities that carry each neuron's state gain, times the projected label",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["fc", "rec"])
    .paper(Paper {
        title: "Online Spatio-Temporal Learning with Target Projection".into(),
        year: 2023,
        doi: "10.1109/AICAS57966.2023.10168623".into(),
        arxiv: "2304.05124".into(),
        bibtex: include_str!("../paper.bib").into(),
    })
    .taxonomy(Taxonomy {
        strategy: "supervised".into(),
        learning_signal: "label through fixed random matrices; in the readout its own error".into(),
        temporally_local: true,
        spatially_local: true,
        traces: true,
        projection: "drtp".into(),
        memory_in_t: "linear".into(),
        ..Taxonomy::default()
    })
    .docs(include_str!("../README.md"));
    manifest.params = params();
    manifest
}

pub(crate) fn params() -> Vec<ParamSchema> {
    let eligibility = ParamSchema::choice(
        "eligibility",
        "diagonal",
        &Eligibility::NAMES,
        "of recurrent layers: diagonal, without their recurrent matrix; exact, with the whole Jacobian; \
         row_mixing, as the reference; null: as `compat` says",
    )
    .nullable();
    vec![
        ParamSchema::float("lr", 1e-3, "learning rate")
            .range(0.0, 10.0)
            .search(1e-5, 1e-1)
            .log(),
        ParamSchema::choice(
            "pseudo",
            "tanh",
            &["tanh", "fast_sigmoid"],
            "pseudo-derivative: 1 - tanh²(x) or 1/(100 |x| + 1)²",
        ),
        ParamSchema::choice(
            "output_loss",
            "mse",
            &["mse", "ce"],
            "error of the readout: squared error, or cross-entropy of its membrane",
        ),
        ParamSchema::float(
            "feedback_scale",
            1.0,
            "factor of the matrices that project labels",
        )
        .range(0.0, 100.0)
        .search(0.1, 2.0),
        ParamSchema::int("feedback_seed", 42, "seed of those matrices").at_least(0.0),
        ParamSchema::float(
            "grad_clip",
            0.0,
            "largest magnitude of a gradient's element; 0: no limit",
        )
        .at_least(0.0),
        ParamSchema::bool("use_optimizer", true, "true: Adam; false: plain gradient descent"),
        eligibility,
        ParamSchema::execution(),
        ParamSchema::compat(),
        ParamSchema::switch(
            "membrane_error",
            "the readout's error at its membrane, yet times the pseudo-derivative of its spike",
        ),
        ParamSchema::switch(
            "delayed_gain",
            "treat a reset by subtraction at once as one that waits for the next step",
        ),
        ParamSchema::switch(
            "post_reset_psi",
            "pseudo-derivative and gain at the membrane after its reset",
        ),
        ParamSchema::switch("rec_bias_frozen", "leave the recurrent bias at its initial value"),
    ]
}
