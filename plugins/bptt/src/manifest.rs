//! What the rule says about itself.

use crate::objective::Loss;
use neurotrain_plugin_api::{Component, Paper, ParamSchema, Taxonomy};

pub(crate) fn manifest() -> Component {
    Component::new(
        "bptt",
        "Backpropagation through time",
        "gradients of the unrolled network, with a surrogate derivative",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["fc", "rec", "conv", "vgg9"])
    .paper(Paper {
        title: "Surrogate Gradient Learning in Spiking Neural Networks".into(),
        year: 2019,
        doi: "10.1109/MSP.2019.2931595".into(),
        arxiv: "1901.09948".into(),
        bibtex: include_str!("../paper.bib").into(),
    })
    .taxonomy(Taxonomy {
        strategy: "supervised".into(),
        learning_signal: "error backpropagated through layers and time".into(),
        projection: "none".into(),
        memory_in_t: "linear".into(),
        ..Taxonomy::default()
    })
    .docs(include_str!("../README.md"))
    .param(
        ParamSchema::float("lr", 1e-3, "learning rate")
            .range(0.0, 10.0)
            .search(1e-5, 1e-1)
            .log(),
    )
    .param(ParamSchema::choice(
        "loss_type",
        "ce_rate",
        &Loss::NAMES,
        "loss over the readout's spikes; an integrator has the cross-entropy of its last membrane",
    ))
    .param(
        ParamSchema::float(
            "grad_clip",
            1.0,
            "largest norm of all gradients together; null: no limit",
        )
        .at_least(0.0)
        .nullable(),
    )
    .param(ParamSchema::bool(
        "reset_grad",
        true,
        "gradients pass through the reset of neurons that reset at once",
    ))
    .param(ParamSchema::bool(
        "use_optimizer",
        true,
        "true: Adam; false: plain gradient descent (always Adam under compat: neurotrain)",
    ))
    .param(ParamSchema::count_or(
        "checkpoint",
        "off",
        &["off", "sqrt"],
        "steps between checkpoints of the state, from which segments are run again on the way back; sqrt: the root of T; \
         off: the whole sequence is kept",
    ))
    .param(
        ParamSchema::int(
            "micro_batch",
            0,
            "samples that are run together, their gradients summed; null: as many as keep about 6 MiB of membranes",
        )
        .at_least(1.0)
        .nullable(),
    )
    .param(ParamSchema::compat())
}
