//! What the rule says about itself.

use neurotrain_plugin_api::{Component, Paper, ParamSchema, Taxonomy};

pub(crate) fn manifest() -> Component {
    let mut manifest = Component::new(
        "tp",
        "Traces propagation",
        "two forward passes, of samples and of labels, whose traces are contrasted in every layer",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["fc", "rec", "conv", "vgg9"])
    .paper(Paper {
        title: "Traces Propagation: Memory-Efficient and Scalable Forward-Only Learning in Spiking Neural Networks"
            .into(),
        year: 2025,
        doi: "10.48550/arXiv.2509.13053".into(),
        arxiv: "2509.13053".into(),
        bibtex: include_str!("../paper.bib").into(),
    })
    .taxonomy(Taxonomy {
        strategy: "supervised".into(),
        learning_signal: "contrast with the traces of a forward pass of the label".into(),
        temporally_local: true,
        spatially_local: true,
        traces: true,
        projection: "none".into(),
        memory_in_t: "constant".into(),
        ..Taxonomy::default()
    })
    .docs(include_str!("../README.md"));
    manifest.params = params();
    manifest
}

fn params() -> Vec<ParamSchema> {
    vec![
        ParamSchema::float("lr", 1e-4, "learning rate")
            .range(0.0, 10.0)
            .search(1e-5, 5e-2)
            .log(),
        ParamSchema::float(
            "alpha",
            0.53,
            "membrane decay of the target path; null: the network's, or 0.53 (neurotrain)",
        )
        .range(0.0, 1.0)
        .search(0.05, 0.99)
        .nullable(),
        ParamSchema::float("beta", 0.98, "decay of the traces")
            .range(0.0, 1.0)
            .search(0.5, 0.99),
        ParamSchema::float(
            "vth",
            1.0,
            "threshold of the target path; null: the network's, or 1 (neurotrain)",
        )
        .range(1e-6, 1e6)
        .search(0.3, 1.5)
        .nullable(),
        ParamSchema::float(
            "surrogate_scale",
            1.0,
            "peak of the target path's surrogate derivative",
        )
        .range(0.0, 1e6),
        ParamSchema::bool(
            "train_target_propagator",
            true,
            "train the projection of the labels onto the first layer",
        ),
        ParamSchema::bool("use_optimizer", true, "true: Adam; false: plain gradient descent"),
        ParamSchema::compat(),
        ParamSchema::switch(
            "raw_head",
            "train vgg9's head without the standardisation that evaluation applies",
        ),
        ParamSchema::switch("rec_bias_frozen", "leave the recurrent bias at its initial value"),
    ]
}
