//! What the rule says about itself.

use neurotrain_plugin_api::{Component, Paper, ParamSchema, Taxonomy};

pub(crate) fn manifest() -> Component {
    let mut manifest = Component::new(
        "eprop",
        "e-prop",
        "eligibility traces of a recurrent layer times an error broadcast from a leaky readout",
    )
    .authors(&["The NeuroTrain developers"])
    .networks(&["rec"])
    .paper(Paper {
        title: "A solution to the learning dilemma for recurrent networks of spiking neurons".into(),
        year: 2020,
        doi: "10.1038/s41467-020-17236-y".into(),
        bibtex: include_str!("../paper.bib").into(),
        ..Paper::default()
    })
    .taxonomy(Taxonomy {
        strategy: "supervised".into(),
        learning_signal: "readout error through the transposed readout weights".into(),
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
    let update_mode = ParamSchema::choice(
        "update_mode",
        "per_sequence",
        &["per_sequence", "per_step"],
        "one update per sequence, or one after every step that teaches; null: as `compat` says",
    )
    .nullable();
    vec![
        ParamSchema::float("lr", 1e-3, "learning rate")
            .range(0.0, 10.0)
            .search(1e-5, 1e-1)
            .log(),
        ParamSchema::float(
            "gamma",
            0.3,
            "height of the pseudo-derivative, times the threshold",
        )
        .range(0.0, 10.0)
        .search(0.1, 0.5),
        ParamSchema::float(
            "dt",
            1.0,
            "length of a step, in the unit of the time constants; null: 1",
        )
        .range(1e-6, 1e6)
        .nullable(),
        ParamSchema::float(
            "tau_mem",
            20.0,
            "time constant of the presynaptic filter; null: the network's decay, or 20 (neurotrain)",
        )
        .at_least(0.0)
        .nullable(),
        ParamSchema::float(
            "tau_out",
            30.0,
            "time constant of the readout; 0: no memory; null: 30",
        )
        .at_least(0.0)
        .nullable(),
        ParamSchema::float(
            "threshold",
            1.0,
            "centre of the pseudo-derivative; null: the network's threshold, or 0.03 (neurotrain)",
        )
        .range(1e-6, 1e6)
        .nullable(),
        ParamSchema::float_list(
            "lr_layer_norm",
            &[1.0, 1.0, 1.0],
            "factors of the three gradients: input, recurrent, readout",
        ),
        ParamSchema::bool("use_optimizer", true, "true: Adam; false: plain gradient descent"),
        update_mode,
        ParamSchema::choice(
            "feedback",
            "symmetric",
            &["symmetric", "random"],
            "how errors reach neurons: through the transposed readout weights or a fixed random matrix",
        ),
        ParamSchema::int("update_every", 1, "only every n-th step compares with the label").at_least(1.0),
        ParamSchema::bool(
            "update_last",
            false,
            "only the last step compares the readout with the label",
        ),
        ParamSchema::int("seq_batch_size", 1, "without effect, as in the reference").at_least(1.0),
        ParamSchema::execution(),
        ParamSchema::compat(),
        ParamSchema::switch(
            "post_reset_psi",
            "pseudo-derivative at the membrane after its reset",
        ),
        ParamSchema::switch("batch_sum", "sum gradients over the batch instead of averaging"),
        ParamSchema::switch("rec_bias_frozen", "leave the recurrent bias at its initial value"),
        ParamSchema::switch(
            "network_readout",
            "predict by the network's integrator, not the leaky readout",
        ),
    ]
}
