//! What the rule says about itself.

use neurotrain_plugin_api::{Component, Paper, ParamSchema, Taxonomy};

pub(crate) fn manifest() -> Component {
    Component::new(
        "stsf",
        "Spiking time sparse feedback",
        "spike coincidence times an output error projected by sparse random feedback",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["fc"])
    .paper(Paper {
        title: "STSF: Spiking Time Sparse Feedback Learning for Spiking Neural Networks".into(),
        year: 2025,
        doi: "10.1109/TNNLS.2025.3527700".into(),
        bibtex: include_str!("../paper.bib").into(),
        ..Paper::default()
    })
    .taxonomy(Taxonomy {
        strategy: "supervised".into(),
        learning_signal: "output error through sparse random feedback".into(),
        temporally_local: true,
        spatially_local: true,
        stdp: true,
        projection: "dfa".into(),
        memory_in_t: "constant".into(),
        ..Taxonomy::default()
    })
    .docs(include_str!("../README.md"))
    .param(
        ParamSchema::float(
            "lr",
            0.1,
            "learning rate; null: 0.1, with use_optimizer 5e-4, under compat: neurotrain 1e-3",
        )
        .range(0.0, 10.0)
        .search(1e-5, 1e-1)
        .log()
        .nullable(),
    )
    .param(ParamSchema::bool(
        "use_optimizer",
        false,
        "false: an update at every step; true: one Adam step per sequence, another algorithm",
    ))
    .param(ParamSchema::compat())
    .param(ParamSchema::switch(
        "constructor_batch",
        "divide by the configured batch size even where a batch is shorter",
    ))
}
