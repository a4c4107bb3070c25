//! What the family says about itself.

use neurotrain_plugin_api::serde_json::json;
use neurotrain_plugin_api::{Component, Paper, ParamSchema, classifier_params, lif_params};

pub(crate) fn manifest() -> Component {
    Component::new(
        "conv_snn",
        "Convolutional SNN",
        "convolutions whose pooled currents drive leaky integrate-and-fire neurons, then a linear readout",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["conv"])
    .paper(Paper {
        title: "Training Spiking Neural Networks Using Lessons From Deep Learning".into(),
        year: 2023,
        doi: "10.1109/JPROC.2023.3308088".into(),
        arxiv: "2109.12894".into(),
        bibtex: include_str!("../paper.bib").into(),
    })
    .docs(include_str!("../README.md"))
    .param(ParamSchema::int_list("channels", &[12, 32], "feature maps of each convolution").at_least(1.0))
    .param(ParamSchema::int("kernel", 5, "side of the convolutions' kernels").range(1.0, 31.0))
    .param(ParamSchema::int("padding", 0, "zeros around each map; less than `kernel`").range(0.0, 30.0))
    .params(lif_params(0.9, 0.8))
    .params(classifier_params())
    // Maps of 8×8 have no room for two kernels of five without padding.
    .section("digits", json!({ "kernel": 3, "padding": 1 }))
    .section("tp", json!({ "out_integrator": true }))
    .section("decolle", json!({ "out_integrator": true }))
    .section("esd_rtrl", json!({ "out_integrator": true }))
}
