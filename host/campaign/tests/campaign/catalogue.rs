//! Components as NeuroTrain's default files declare them.

use neurotrain_plugin_api::{Component, ParamSchema, coding_params};
use serde_json::json;

/// Trainers, models and data sets of NeuroTrain with its defaults, sections and network types.
pub(crate) fn neurotrain() -> Vec<Component> {
    [trainers(), models(), datasets()].concat()
}

fn with_kind(kind: &str, components: Vec<Component>) -> Vec<Component> {
    let tagged = components.into_iter().map(|mut component| {
        component.kind = kind.to_owned();
        component
    });
    tagged.collect()
}

fn lr(default: f64) -> ParamSchema {
    ParamSchema::float("lr", default, "learning rate")
        .range(0.0, 10.0)
        .search(1e-5, 1e-1)
        .log()
}

fn real(name: &str, default: f64) -> ParamSchema {
    ParamSchema::float(name, default, name)
}

fn flag(name: &str, default: bool) -> ParamSchema {
    ParamSchema::bool(name, default, name)
}

fn compat() -> ParamSchema {
    ParamSchema::choice(
        "compat",
        "recommended",
        &["recommended", "neurotrain"],
        "behaviour",
    )
}

fn trainer(key: &str, networks: &[&str], params: Vec<ParamSchema>) -> Component {
    params
        .into_iter()
        .fold(Component::new(key, key, "").networks(networks), Component::param)
}

fn trainers() -> Vec<Component> {
    let loss = ParamSchema::choice(
        "loss_type",
        "ce_rate",
        &["ce_rate", "mse_count", "ce_count"],
        "loss",
    );
    let norm = || ParamSchema::float_list("lr_layer_norm", &[1.0, 1.0, 1.0], "factors");
    let clip = || real("grad_clip", 0.0).at_least(0.0);
    with_kind(
        "trainer",
        vec![
            trainer(
                "bptt",
                &["fc", "rec", "conv"],
                vec![
                    lr(1e-3),
                    loss,
                    ParamSchema::float("grad_clip", 0.0, "clip")
                        .at_least(0.0)
                        .nullable(),
                ],
            ),
            trainer(
                "decolle",
                &["fc", "conv"],
                vec![
                    lr(1e-3),
                    real("g_scale", 0.5),
                    ParamSchema::int("burn_in", 0, "steps"),
                    ParamSchema::choice("surrogate", "sigmoid", &["sigmoid", "boxcar"], "surrogate"),
                    real("surrogate_scale", 5.0),
                    real("delta", 0.5),
                ],
            ),
            trainer(
                "eprop",
                &["rec"],
                vec![
                    lr(1e-3),
                    real("gamma", 0.3).range(0.0, 1.0),
                    real("threshold", 0.03).nullable(),
                    norm(),
                    flag("update_last", false),
                    ParamSchema::int("update_every", 1, "steps").at_least(1.0),
                    compat(),
                ],
            ),
            trainer(
                "esd_rtrl",
                &["fc", "rec", "conv"],
                vec![lr(1e-3), real("etrace_decay", 0.9), real("gamma", 0.3), norm()],
            ),
            trainer(
                "etlp",
                &["fc", "rec"],
                vec![
                    lr(1e-3),
                    real("surrogate_scale", 0.3),
                    real("feedback_scale", 1.0),
                    clip(),
                ],
            ),
            trainer(
                "ostl",
                &["fc", "rec"],
                vec![lr(1e-3), clip(), flag("deferred", false)],
            ),
            trainer(
                "osttp",
                &["fc", "rec"],
                vec![
                    lr(1e-3),
                    real("feedback_scale", 1.0),
                    ParamSchema::int("feedback_seed", 42, "seed"),
                    clip(),
                ],
            ),
            trainer(
                "ottt",
                &["fc", "rec", "conv", "vgg9"],
                vec![
                    lr(0.1),
                    flag("online_updates", true),
                    real("loss_lambda", 0.0).range(0.0, 1.0),
                    clip(),
                    flag("sanitize_grads", false),
                    compat(),
                ],
            ),
            trainer("stsf", &["fc"], vec![lr(1e-3)]),
            trainer(
                "tp",
                &["fc", "rec", "conv", "vgg9"],
                vec![
                    lr(1e-4),
                    real("alpha", 0.53).range(0.0, 1.0),
                    real("beta", 0.98).range(0.0, 1.0),
                    real("vth", 1.0),
                    real("surrogate_scale", 1.0),
                ],
            ),
        ],
    )
}

fn model(key: &str, network: &str, params: Vec<ParamSchema>) -> Component {
    let shared = [
        real("beta", 0.9).range(0.0, 1.0).search(0.8, 0.99),
        real("threshold", 1.0).search(0.5, 1.5),
        flag("out_integrator", false),
    ];
    let component = shared.into_iter().fold(
        Component::new(key, key, "").networks(&[network]),
        Component::param,
    );
    params.into_iter().fold(component, Component::param)
}

fn models() -> Vec<Component> {
    let hidden = || ParamSchema::int_list("hidden_sizes", &[256], "hidden layers").range(1.0, 1e6);
    let sizes = |component: Component, sizes: &[(&str, &[i64])]| {
        sizes.iter().fold(component, |c, (key, size)| {
            c.section(key, json!({ "hidden_sizes": size }))
        })
    };
    let integrator = |component: Component, keys: &[&str]| {
        keys.iter().fold(component, |c, key| {
            c.section(key, json!({ "out_integrator": true }))
        })
    };
    let fc = sizes(
        model("fc_snn", "fc", vec![hidden()]),
        &[
            ("MNIST", &[256]),
            ("FashionMNIST", &[800]),
            ("CIFAR10", &[1024, 512]),
            ("SVHN", &[1024, 512]),
            ("NMNIST", &[512]),
            ("DVSCIFAR10", &[1024, 512]),
            ("DVSGesture", &[2048]),
            ("SHD", &[512]),
        ],
    );
    let rec = sizes(
        model("r_snn", "rec", vec![hidden()]),
        &[
            ("MNIST", &[256]),
            ("FashionMNIST", &[256]),
            ("CIFAR10", &[512, 256]),
            ("SVHN", &[512, 256]),
            ("NMNIST", &[256]),
            ("DVSCIFAR10", &[512]),
            ("DVSGesture", &[1024]),
            ("SHD", &[512]),
        ],
    );
    let rec = integrator(rec, &["eprop", "esd_rtrl", "tp"])
        .section("eprop@neurotrain", json!({ "hidden_sizes": [256] }));
    let conv = integrator(model("conv_snn", "conv", vec![]), &["tp", "decolle", "esd_rtrl"]);
    with_kind(
        "model",
        vec![integrator(fc, &["tp", "decolle", "esd_rtrl"]), rec, conv, vgg9()],
    )
}

fn vgg9() -> Component {
    let mut vgg9 = model(
        "vgg9",
        "vgg9",
        vec![
            ParamSchema::choice(
                "head_type",
                "global_linear",
                &["global_linear", "leaky_integrator"],
                "head",
            ),
            flag("use_tp_pool", false),
            ParamSchema::int_list("channels", &[64, 128, 256, 256, 512, 512, 512, 512], "channels"),
            ParamSchema::int_list("pool_after_blocks", &[2, 4], "blocks followed by pooling"),
            real("conv_gain", 1.0),
            real("scale_after_lif", 0.0),
            ParamSchema::choice("surrogate_kind", "sigmoid", &["sigmoid", "atan"], "surrogate"),
            real("surrogate_slope", 4.0),
            real("surrogate_scale", 1.0),
            ParamSchema::int("li_head_spatial", 2, "pooled size of the head"),
            real("li_head_leak", 1.0),
        ],
    )
    .section(
        "tp",
        json!({
            "head_type": "leaky_integrator", "use_tp_pool": true, "surrogate_kind": "atan", "conv_gain": 1.8,
            "beta": 0.53, "threshold": 1.0, "scale_after_lif": 0.0
        }),
    )
    .section(
        "ottt",
        json!({
            "head_type": "global_linear", "use_tp_pool": false, "surrogate_kind": "sigmoid",
            "surrogate_slope": 4.0, "conv_gain": 1.0, "beta": 0.5, "threshold": 1.0, "scale_after_lif": 2.74
        }),
    )
    .section("DVSCIFAR10", json!({ "pool_after_blocks": [2, 4, 6] }))
    .section("DVSGesture", json!({ "pool_after_blocks": [2, 4, 6] }));
    if let Some(beta) = vgg9.params.iter_mut().find(|p| p.name == "beta") {
        beta.default = json!(0.5);
    }
    vgg9
}

fn dataset(key: &str, networks: &[&str], steps: i64, coding: Option<&str>) -> Component {
    let params = match coding {
        Some(coding) => coding_params(steps, coding),
        None => vec![ParamSchema::int("T", steps, "number of time steps").range(1.0, 100_000.0)],
    };
    params
        .into_iter()
        .fold(Component::new(key, key, "").networks(networks), Component::param)
}

fn datasets() -> Vec<Component> {
    let small: &[&str] = &["fc", "rec", "conv"];
    let large: &[&str] = &["fc", "rec", "conv", "vgg9"];
    with_kind(
        "dataset",
        vec![
            dataset("MNIST", small, 10, Some("rate")),
            dataset("FashionMNIST", small, 10, Some("rate")),
            dataset("CIFAR10", large, 6, Some("direct")),
            dataset("SVHN", large, 10, Some("direct")),
            dataset("NMNIST", small, 10, None),
            dataset("DVSGesture", large, 20, None),
            dataset("DVSCIFAR10", large, 10, None),
            dataset("SHD", &["fc", "rec"], 100, None),
        ],
    )
}
