//! What the family says about itself.

use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{Component, Paper, ParamSchema, lif_params};

/// Feature maps of the eight convolutions.
const CHANNELS: [i64; 8] = [64, 128, 256, 256, 512, 512, 512, 512];

pub(crate) fn manifest() -> Component {
    dynamics(structure(identity()))
        // 32 × 32 pixels.
        .section("CIFAR10", json!({ "pool_after_blocks": [2, 4] }))
        .section("SVHN", json!({ "pool_after_blocks": [2, 4] }))
        // 128 × 128 pixels.
        .section("DVSCIFAR10", json!({ "pool_after_blocks": [2, 4, 6] }))
        .section("DVSGesture", json!({ "pool_after_blocks": [2, 4, 6] }))
        // 28 × 28 pixels.
        .section(
            "FashionMNIST",
            json!({ "channels": [32, 64, 128, 128, 256, 256, 256, 256], "pool_after_blocks": [1, 3] }),
        )
        .section(
            "tp",
            json!({
                "head_type": "leaky_integrator", "use_tp_pool": true, "li_head_spatial": 2, "li_head_leak": 1.0,
                "surrogate_kind": "atan", "surrogate_scale": 1.0, "conv_gain": 1.8, "beta": 0.53, "threshold": 1.0,
                "scale_after_lif": 0.0
            }),
        )
        .section(
            "ottt",
            json!({
                "head_type": "global_linear", "use_tp_pool": false, "surrogate_kind": "sigmoid", "surrogate_slope": 4.0,
                "conv_gain": 1.0, "beta": 0.5, "threshold": 1.0, "scale_after_lif": 2.74
            }),
        )
}

fn identity() -> Component {
    Component::new(
        "vgg9",
        "Spiking VGG-9",
        "eight convolutions with standardised weights and leaky integrate-and-fire neurons, and a linear head",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["vgg9"])
    .paper(Paper {
        title: "Online Training Through Time for Spiking Neural Networks".into(),
        year: 2022,
        doi: "10.48550/arXiv.2210.04195".into(),
        arxiv: "2210.04195".into(),
        bibtex: include_str!("../paper.bib").into(),
    })
    .docs(include_str!("../README.md"))
}

fn structure(component: Component) -> Component {
    component
        .param(ParamSchema::int_list("channels", &CHANNELS, "feature maps of each block").at_least(1.0))
        .param(ParamSchema::bool(
            "use_tp_pool",
            false,
            "max-pool after every second block, adaptive average after the last; false: as `pool_after_blocks` says",
        ))
        .param(
            ParamSchema::int_list(
                "pool_after_blocks",
                &[2, 4],
                "blocks, from 1, followed by an average over 2×2; unused with `use_tp_pool`",
            )
            .at_least(1.0),
        )
        .param(ParamSchema::choice(
            "head_type",
            "global_linear",
            &["global_linear", "leaky_integrator"],
            "average over space and a linear layer with bias at every step, or a standardised linear layer that integrates",
        ))
        .param(
            ParamSchema::int(
                "li_head_spatial",
                2,
                "side of the maps that enter a `leaky_integrator` head, or leave the last block with `use_tp_pool`",
            )
            .range(1.0, 64.0),
        )
        .param(
            ParamSchema::float("li_head_leak", 1.0, "decay per step of a `leaky_integrator` head; 1: none").range(0.0, 1.0),
        )
        .param(
            ParamSchema::float("conv_gain", 1.0, "gain of the standardised convolutions").range(1e-3, 100.0),
        )
        .param(
            ParamSchema::float("scale_after_lif", 0.0, "factor of the spikes of every block; 0: none").range(0.0, 100.0),
        )
}

fn dynamics(component: Component) -> Component {
    component
        .params(lif_params(0.5, 0.3))
        .param(ParamSchema::choice(
            "surrogate_kind",
            "sigmoid",
            &["sigmoid", "atan"],
            "surrogate derivative; with `atan` neurons also fire at the threshold itself",
        ))
        .param(
            ParamSchema::float("surrogate_slope", 4.0, "steepness of the `sigmoid` surrogate")
                .range(0.1, 1000.0),
        )
        .param(ParamSchema::float("surrogate_scale", 1.0, "peak of the `atan` surrogate").range(1e-3, 1000.0))
}
