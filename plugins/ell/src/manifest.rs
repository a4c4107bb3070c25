//! What the rules say about themselves.

use neurotrain_plugin_api::{Component, Paper, ParamSchema, Taxonomy};

/// What all three share.
pub(crate) fn manifest(key: &str, name: &str, summary: &str, traces: bool, memory_in_t: &str) -> Component {
    Component::new(key, name, summary)
        .authors(&["The NeuroTrain developers"])
        .networks(&["fc", "conv"])
        .paper(Paper {
            title: "Deep Spike Learning With Local Classifiers".into(),
            year: 2023,
            doi: "10.1109/TCYB.2022.3188015".into(),
            bibtex: include_str!("../paper.bib").into(),
            ..Paper::default()
        })
        .taxonomy(Taxonomy {
            strategy: "supervised".into(),
            learning_signal: "error of a trained spiking classifier of the layer's own spikes".into(),
            temporally_local: memory_in_t == "constant",
            spatially_local: true,
            traces,
            projection: "none".into(),
            local_classifier: true,
            memory_in_t: memory_in_t.into(),
            ..Taxonomy::default()
        })
        .docs(include_str!("../README.md"))
        .param(
            ParamSchema::float("lr", 5e-4, "learning rate")
                .range(0.0, 10.0)
                .search(1e-5, 1e-1)
                .log(),
        )
        .param(ParamSchema::choice(
            "surrogate",
            "network",
            &["network", "exponential"],
            "derivative of a spike: the network's, or exp(-|u - θ|) as in the paper",
        ))
        .param(ParamSchema::bool(
            "use_optimizer",
            true,
            "true: Adam; false: plain gradient descent",
        ))
}
