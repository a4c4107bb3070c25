//! What the rule says about itself.

use neurotrain_plugin_api::{Component, Paper, ParamSchema, Taxonomy};

pub(crate) fn manifest() -> Component {
    let mut manifest = Component::new(
        "esd_rtrl",
        "Exponentially smoothed diagonal RTRL",
        "rank-one smoothed eligibilities times an error backpropagated through the layers of one step",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["fc", "rec", "conv"])
    .paper(Paper {
        title: "BrainScale, Enabling Scalable Online Learning in Spiking Neural Networks".into(),
        year: 2024,
        doi: "10.1101/2024.09.24.614728".into(),
        bibtex: include_str!("../paper.bib").into(),
        ..Paper::default()
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

fn params() -> Vec<ParamSchema> {
    vec![
        ParamSchema::float("lr", 1e-3, "learning rate")
            .range(0.0, 10.0)
            .search(1e-5, 1e-1)
            .log(),
        ParamSchema::float("etrace_decay", 0.9, "decay of the eligibility's two factors")
            .range(0.0, 1.0)
            .search(0.5, 0.99),
        ParamSchema::float("gamma", 0.3, "height of the triangular pseudo-derivative")
            .range(0.0, 100.0)
            .search(0.1, 0.9),
        ParamSchema::float_list(
            "lr_layer_norm",
            &[1.0, 1.0, 1.0],
            "factors of the gradients of feed-forward layers, recurrent layers and the readout",
        ),
        ParamSchema::bool("use_optimizer", true, "true: Adam; false: plain gradient descent"),
        ParamSchema::bool(
            "detach_state_each_step",
            true,
            "no error goes back in time; false is refused",
        ),
        ParamSchema::bool("debug_unused_learning_signals", false, "without effect"),
        ParamSchema::choice(
            "pseudo_derivative",
            "both",
            &["both", "trace", "signal"],
            "where the derivative of a spike enters: learning signal, eligibility (as `gamma` says) or both",
        ),
        ParamSchema::execution(),
        ParamSchema::compat(),
        ParamSchema::switch(
            "input_untraced",
            "the eligibility has the current input instead of its trace",
        ),
        ParamSchema::switch("frozen_recurrent", "recurrent hidden layers do not learn"),
        ParamSchema::switch(
            "generic_readout",
            "a fully connected network's integrator is treated as a spiking layer, so that it never learns",
        ),
        ParamSchema::switch(
            "post_reset_psi",
            "pseudo-derivative at the membrane after its reset",
        ),
        ParamSchema::switch("rec_bias_frozen", "leave the recurrent bias at its initial value"),
    ]
}
