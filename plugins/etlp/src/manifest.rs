//! What the rule says about itself.

use crate::feedback::Distribution;
use neurotrain_plugin_api::{Component, Paper, ParamSchema, Taxonomy};

pub(crate) fn manifest() -> Component {
    let mut manifest = Component::new(
        "etlp",
        "Event-based three-factor local plasticity",
        "presynaptic traces and a postsynaptic pseudo-derivative, gated by the projected label",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["fc", "rec"])
    .paper(Paper {
        title:
            "ETLP: event-based three-factor local plasticity for online learning with neuromorphic hardware"
                .into(),
        year: 2024,
        doi: "10.48550/arXiv.2301.08281".into(),
        arxiv: "2301.08281".into(),
        bibtex: include_str!("../paper.bib").into(),
    })
    .taxonomy(Taxonomy {
        strategy: "supervised".into(),
        learning_signal: "label through fixed random matrices; in the readout its own error".into(),
        temporally_local: true,
        spatially_local: true,
        traces: true,
        projection: "drtp".into(),
        memory_in_t: "constant".into(),
        ..Taxonomy::default()
    })
    .docs(include_str!("../README.md"));
    manifest.params = params();
    manifest
}

pub(crate) fn params() -> Vec<ParamSchema> {
    vec![
        ParamSchema::float(
            "lr",
            0.03,
            "learning rate; null: 3e-4 with Adam, 0.03 without, under compat: neurotrain 1e-3",
        )
        .range(0.0, 10.0)
        .search(1e-5, 1e-1)
        .log()
        .nullable(),
        ParamSchema::float("surrogate_scale", 0.3, "peak of the pseudo-derivative")
            .range(0.0, 10.0)
            .search(0.1, 1.0),
        ParamSchema::float(
            "weight_l1",
            0.0,
            "coefficient of sign(W) added to a matrix's gradient",
        )
        .at_least(0.0),
        ParamSchema::float("weight_l2", 0.0, "coefficient of W added to a matrix's gradient").at_least(0.0),
        ParamSchema::float(
            "update_rate_hz",
            1000.0,
            "mean rate of teaching events; at most one per step",
        )
        .at_least(0.0),
        ParamSchema::float("dt_ms", 1.0, "length of a step in milliseconds").range(1e-6, 1e6),
        ParamSchema::choice(
            "feedback_distribution",
            "normal",
            &Distribution::NAMES,
            "distribution of the matrices that project labels",
        ),
        ParamSchema::float("feedback_scale", 1.0, "factor of those matrices")
            .range(0.0, 100.0)
            .search(0.1, 2.0),
        ParamSchema::bool(
            "use_optimizer",
            true,
            "true: Adam; false: plain gradient descent; null: Adam, unless compat is neurotrain",
        )
        .nullable(),
        ParamSchema::float(
            "grad_clip",
            0.0,
            "largest magnitude of a gradient's element; 0: no limit",
        )
        .at_least(0.0),
        ParamSchema::compat(),
        ParamSchema::switch(
            "rec_trace_early",
            "feed the trace of a recurrent matrix with the spikes of this step instead of the previous one",
        ),
        ParamSchema::switch(
            "post_reset_psi",
            "pseudo-derivative at the membrane after its reset",
        ),
        ParamSchema::switch("rec_bias_frozen", "leave the recurrent bias at its initial value"),
    ]
}
