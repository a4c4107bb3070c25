//! What the rule says about itself.

use neurotrain_plugin_api::{Component, Paper, ParamSchema, Taxonomy};

pub(crate) fn manifest() -> Component {
    Component::new(
        "ottt",
        "Online training through time",
        "presynaptic traces and spatial backpropagation, with an update at every step",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["fc", "rec", "conv", "vgg9"])
    .paper(Paper {
        title: "Online Training Through Time for Spiking Neural Networks".into(),
        year: 2022,
        doi: "10.48550/arXiv.2210.04195".into(),
        arxiv: "2210.04195".into(),
        bibtex: include_str!("../paper.bib").into(),
    })
    .taxonomy(Taxonomy {
        strategy: "supervised".into(),
        learning_signal: "error backpropagated through layers, instantaneous".into(),
        temporally_local: true,
        traces: true,
        projection: "none".into(),
        memory_in_t: "constant".into(),
        ..Taxonomy::default()
    })
    .docs(include_str!("../README.md"))
    .param(
        ParamSchema::float("lr", 0.1, "learning rate")
            .range(0.0, 10.0)
            .search(1e-4, 5e-1)
            .log(),
    )
    .param(ParamSchema::bool(
        "online_updates",
        true,
        "true: an optimiser step after every time step; false: one at the end of the sequence",
    ))
    .param(
        ParamSchema::float(
            "loss_lambda",
            0.0,
            "share of the squared error in the loss, beside the cross-entropy",
        )
        .range(0.0, 1.0)
        .search(1e-4, 0.5)
        .log(),
    )
    .param(
        ParamSchema::float(
            "grad_clip",
            0.0,
            "largest magnitude of a gradient's element; 0: no limit",
        )
        .at_least(0.0),
    )
    .param(ParamSchema::bool(
        "sanitize_grads",
        false,
        "before clipping, NaN becomes 0 and infinities become the limit (0 without one)",
    ))
    .param(ParamSchema::bool(
        "trace_input",
        false,
        "also trace the network's input: the paper's equation does, its code does not",
    ))
    .param(
        ParamSchema::choice(
            "readout",
            "membrane",
            &["membrane", "spikes"],
            "predict by summed readout membranes, which the loss trains, or spikes; null: as `compat` says",
        )
        .nullable(),
    )
    .param(ParamSchema::execution())
    .param(ParamSchema::compat())
    .param(ParamSchema::switch(
        "lambda_half",
        "traces decay by 0.5 whatever the network's decay is (vgg9 excepted)",
    ))
    .param(ParamSchema::switch(
        "raw_ws_grad",
        "gradients of hidden convolutions ignore that their weights are standardised, and an integrating vgg9 head is untraced",
    ))
}
