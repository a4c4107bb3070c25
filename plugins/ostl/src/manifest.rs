//! What the rule says about itself.

use crate::gain::ResetModel;
use neurotrain_plugin_api::{Component, Paper, ParamSchema, Taxonomy};

pub(crate) fn manifest() -> Component {
    let mut manifest = Component::new(
        "ostl",
        "Online spatio-temporal learning",
        "eligibilities that carry each neuron's state gain, times an error propagated through the layers",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["fc", "rec"])
    .paper(Paper {
        title: "Online Spatio-Temporal Learning in Deep Neural Networks".into(),
        year: 2023,
        doi: "10.48550/arXiv.2007.12723".into(),
        arxiv: "2007.12723".into(),
        bibtex: include_str!("../paper.bib").into(),
    })
    .taxonomy(Taxonomy {
        strategy: "supervised".into(),
        learning_signal: "error backpropagated through layers, instantaneous".into(),
        temporally_local: true,
        traces: true,
        projection: "none".into(),
        memory_in_t: "linear".into(),
        ..Taxonomy::default()
    })
    .docs(include_str!("../README.md"));
    manifest.params = params();
    manifest
}

pub(crate) fn params() -> Vec<ParamSchema> {
    let gain = ParamSchema::choice(
        "gain",
        "match_reset",
        &ResetModel::NAMES,
        "match_reset: neurons keep their reset, with its gain; zero_reset: they reset to zero, with its gain; \
         assume_zero: gain of a zero reset, which only recurrent layers get; null: as `compat` says",
    )
    .nullable();
    vec![
        ParamSchema::float(
            "lr",
            0.1,
            "learning rate; null: 0.1, with use_optimizer or under compat: neurotrain 1e-3",
        )
        .range(0.0, 10.0)
        .search(1e-5, 1e-1)
        .log()
        .nullable(),
        ParamSchema::float(
            "grad_clip",
            0.0,
            "largest magnitude of a gradient's element; 0: no limit",
        )
        .at_least(0.0),
        ParamSchema::bool(
            "use_optimizer",
            false,
            "true: Adam; false: plain gradient descent",
        ),
        ParamSchema::bool(
            "deferred",
            false,
            "false: an update after every time step; true: one at the end of the sequence",
        ),
        ParamSchema::bool(
            "feedback_alignment",
            false,
            "propagate errors through fixed random matrices instead of the transposed weights",
        ),
        ParamSchema::bool(
            "ostl_complete",
            false,
            "eligibilities of recurrent layers with the influence of all their neurons on each other",
        ),
        gain,
        ParamSchema::execution(),
        ParamSchema::compat(),
        ParamSchema::switch(
            "post_reset_psi",
            "pseudo-derivative and gain at the membrane after its reset",
        ),
        ParamSchema::switch(
            "unscaled_feedback",
            "random feedback of standard deviation 1 instead of 1/√n",
        ),
        ParamSchema::switch("rec_bias_frozen", "leave the recurrent bias at its initial value"),
    ]
}
