//! What the family says about itself.

use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{Component, Paper, ParamSchema, lif_params};

pub(crate) fn manifest() -> Component {
    let component = Component::new(
        "resnet_snn",
        "Residual SNN",
        "residual blocks of convolutions whose spikes are added to those of their input (SEW-ResNet)",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["conv"])
    .paper(Paper {
        title: "Deep Residual Learning in Spiking Neural Networks".into(),
        year: 2021,
        doi: "10.48550/arXiv.2102.04159".into(),
        arxiv: "2102.04159".into(),
        bibtex: include_str!("../paper.bib").into(),
    })
    .docs(include_str!("../README.md"));
    dynamics(structure(component))
        .section("digits", json!({ "channels": [16, 32], "blocks": [1, 1] }))
        // 128 × 128 pixels.
        .section("DVSCIFAR10", json!({ "stem_pool": 4 }))
        .section("DVSGesture", json!({ "stem_pool": 4 }))
        .section("tp", json!({ "out_integrator": true }))
        .section("decolle", json!({ "out_integrator": true }))
        .section("esd_rtrl", json!({ "out_integrator": true }))
}

fn structure(component: Component) -> Component {
    component
        // A kernel of one weight has no deviation to be standardised by.
        .param(ParamSchema::int_list("channels", &[16, 32, 64], "feature maps of each stage").at_least(2.0))
        .param(ParamSchema::int_list("blocks", &[1, 1, 1], "residual blocks of each stage").at_least(1.0))
        .param(
            ParamSchema::int(
                "stem_pool",
                1,
                "side of the max-pool after the first convolution; 1: none",
            )
            .range(1.0, 16.0),
        )
        .param(
            ParamSchema::float("conv_gain", 2.5, "gain of the standardised convolutions").range(1e-3, 100.0),
        )
        .param(ParamSchema::bool(
            "out_integrator",
            false,
            "the readout integrates its input; false: it gives the logits of each step alone",
        ))
}

fn dynamics(component: Component) -> Component {
    component.params(lif_params(0.5, 0.3)).param(
        ParamSchema::float(
            "surrogate_scale",
            1.0,
            "peak of the arctangent surrogate derivative",
        )
        .range(1e-3, 1000.0),
    )
}
