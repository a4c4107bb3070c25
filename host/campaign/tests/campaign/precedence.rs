//! Which layer wins, layer by layer.

use crate::{faults, loaded, one, origin, value, yaml};
use neurotrain_campaign::{CampaignSource, OriginKind};
use serde_json::json;

const ENV: (&str, &str) = ("NEUROTRAIN_SET__models__fc_snn__hidden_sizes", "[4]");

/// Each layer on top of those before it, for the same parameter.
#[test]
fn every_layer_wins_over_those_before_it() {
    let bare = yaml("{trainers: [tp], models: [fc_snn], datasets: [MNIST]}");
    let experiment = one(&bare);
    assert_eq!(value(&experiment, "model.beta"), json!(0.9));
    assert_eq!(origin(&experiment, "model.beta"), "default of model `fc_snn`");
    assert_eq!(value(&experiment, "model.out_integrator"), json!(true));
    assert_eq!(
        origin(&experiment, "model.out_integrator"),
        "section `tp` of model `fc_snn`"
    );

    let fashion = "{trainers: [tp], models: [fc_snn], datasets: [FashionMNIST]}";
    let experiment = one(&yaml(fashion));
    assert_eq!(
        value(&experiment, "model.hidden_sizes"),
        json!([800]),
        "the section of the data set"
    );
    assert_eq!(experiment.origins["model.hidden_sizes"].kind, OriginKind::Section);

    let file = "trainers: [tp]\nmodels: {fc_snn: {hidden_sizes: [3]}}\ndatasets: [FashionMNIST]\n";
    let experiment = one(&yaml(file));
    assert_eq!(value(&experiment, "model.hidden_sizes"), json!([3]));
    assert_eq!(
        origin(&experiment, "model.hidden_sizes"),
        "test.yaml:2 (models.fc_snn.hidden_sizes)"
    );

    let experiment = one(&yaml(file).env([ENV]));
    assert_eq!(value(&experiment, "model.hidden_sizes"), json!([4]));
    assert_eq!(
        origin(&experiment, "model.hidden_sizes"),
        "NEUROTRAIN_SET__models__fc_snn__hidden_sizes"
    );

    let experiment = one(&yaml(file).env([ENV]).set("model.hidden_sizes=[5]"));
    assert_eq!(
        value(&experiment, "model.hidden_sizes"),
        json!([5]),
        "a general argument over a special variable"
    );
    assert_eq!(
        origin(&experiment, "model.hidden_sizes"),
        "--set model.hidden_sizes=[5]"
    );
    assert_eq!(experiment.origins["model.hidden_sizes"].kind, OriginKind::Set);
}

#[test]
fn the_trainer_section_wins_over_the_data_set_section() {
    let text = "{trainers: [eprop], models: [r_snn], datasets: [CIFAR10], protocol: neurotrain}";
    let experiment = one(&yaml(text));
    assert_eq!(value(&experiment, "model.hidden_sizes"), json!([256]));
    assert_eq!(
        origin(&experiment, "model.hidden_sizes"),
        "section `eprop@neurotrain` of model `r_snn`"
    );

    let honest = one(&yaml("{trainers: [eprop], models: [r_snn], datasets: [CIFAR10]}"));
    assert_eq!(
        value(&honest, "model.hidden_sizes"),
        json!([512, 256]),
        "the data set decides (D-23)"
    );
}

/// D-09: the file's `default` section against the model's own trainer section.
#[test]
fn explicit_configuration_wins_unless_the_protocol_is_neurotrains() {
    let text = "
tp_as_v1:
  trainer: {name: tp}
  model:
    name: vgg9
    default: {head_type: global_linear, beta: 0.7, conv_gain: {value: 1.0, type: null}}
    tp: {threshold: 0.4}
    ottt: {threshold: 0.3}
    surrogate_kind: sigmoid
  dataset: {name: CIFAR10}
";
    let honest = one(&yaml(text));
    assert_eq!(value(&honest, "model.head_type"), json!("global_linear"));
    assert_eq!(value(&honest, "model.beta"), json!(0.7));
    assert_eq!(value(&honest, "model.conv_gain"), json!(1.0));
    assert_eq!(
        value(&honest, "model.threshold"),
        json!(0.4),
        "the file's section for another trainer is not used"
    );
    assert_eq!(value(&honest, "model.surrogate_kind"), json!("sigmoid"));
    assert_eq!(
        value(&honest, "model.use_tp_pool"),
        json!(true),
        "what the file does not say"
    );

    let reference = one(&yaml(text).set("protocol=neurotrain"));
    assert_eq!(value(&reference, "model.head_type"), json!("leaky_integrator"));
    assert_eq!(value(&reference, "model.beta"), json!(0.53));
    assert_eq!(value(&reference, "model.conv_gain"), json!(1.8));
    assert_eq!(
        value(&reference, "model.threshold"),
        json!(0.4),
        "the file's own trainer section"
    );
    assert_eq!(
        value(&reference, "model.surrogate_kind"),
        json!("sigmoid"),
        "flat values win"
    );

    let forced = one(&yaml(text).set("protocol=neurotrain").set("models.vgg9.beta=0.6"));
    assert_eq!(value(&forced, "model.beta"), json!(0.6));
}

#[test]
fn inside_a_layer_the_more_specific_wins() {
    let text = "
experiments:
  a: {trainer: {name: bptt, lr: 0.3}, model: fc_snn, dataset: MNIST}
  b: {trainer: bptt, model: fc_snn, dataset: MNIST}
  c: {trainer: ottt, model: fc_snn, dataset: MNIST}
overrides:
  trainers: {bptt: {lr: 0.2}}
  trainer: {lr: 0.1}
";
    let of = |source: &CampaignSource| {
        let campaign = loaded(source);
        campaign
            .experiments
            .iter()
            .map(|e| value(e, "trainer.lr"))
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&yaml(text)), [json!(0.3), json!(0.2), json!(0.1)]);
    assert_eq!(
        of(&yaml(text).set("trainers.bptt.lr=0.7")),
        [json!(0.7), json!(0.7), json!(0.1)]
    );
    assert_eq!(
        of(&yaml(text).set("experiments.b.trainer.lr=0.8")),
        [json!(0.3), json!(0.8), json!(0.1)]
    );
    assert_eq!(
        of(&yaml(text).set("trainer.lr=1").set("trainer.lr=2")),
        [json!(2.0), json!(2.0), json!(2.0)]
    );
}

#[test]
fn the_runtime_has_layers_too() {
    let text = "
runtime: {epochs: 3, batch_size: 32}
experiments:
  a: {trainer: bptt, model: fc_snn, dataset: MNIST, runtime: {epochs: 4, seed: 7}}
  b: {trainer: bptt, model: fc_snn, dataset: MNIST, seeds: [1, 2]}
";
    let campaign = loaded(&yaml(text));
    let summary = |c: &neurotrain_campaign::Campaign| {
        c.experiments
            .iter()
            .map(|e| (e.name.clone(), e.runtime.epochs, e.seed))
            .collect::<Vec<_>>()
    };
    let names = |n: &str| n.to_owned();
    assert_eq!(
        summary(&campaign),
        [
            (names("a__s7"), 4, 7),
            (names("b__s1"), 3, 1),
            (names("b__s2"), 3, 2)
        ]
    );
    assert!(campaign.experiments.iter().all(|e| e.runtime.batch_size == 32));
    assert_eq!(
        (campaign.runtime.epochs, campaign.seeds.as_slice()),
        (3, &[42][..])
    );
    assert_eq!(
        origin(&campaign.experiments[0], "runtime.epochs"),
        "test.yaml:4 (experiments.a.runtime.epochs)"
    );
    assert_eq!(
        origin(&campaign.experiments[0], "runtime.batch_size"),
        "test.yaml:2 (runtime.batch_size)"
    );
    assert_eq!(origin(&campaign.experiments[0], "runtime.dtype"), "default");

    let set = loaded(&yaml(text).flag("--epochs 9", "runtime.epochs=9").set("seeds=5"));
    assert_eq!(summary(&set), [(names("a__s5"), 9, 5), (names("b__s5"), 9, 5)]);
    assert_eq!(origin(&set.experiments[0], "runtime.epochs"), "--epochs 9");
    let lower = loaded(
        &yaml(text)
            .env([("NEUROTRAIN_SET__runtime__epochs", "8")])
            .set("runtime.threads=2"),
    );
    assert_eq!(lower.experiments[0].runtime.epochs, 8);
    assert_eq!(lower.experiments[0].runtime.threads, Some(2));
}

#[test]
fn defaults_of_the_runtime() {
    let campaign = loaded(&CampaignSource::single("bptt", "fc_snn", "MNIST"));
    let runtime = &campaign.experiments[0].runtime;
    assert_eq!(
        (runtime.epochs, runtime.batch_size, campaign.experiments[0].seed),
        (10, 256, 42)
    );
    assert_eq!((runtime.device.as_str(), runtime.dtype.as_str()), ("auto", "f32"));
    assert_eq!(
        (runtime.validation, runtime.threads, campaign.jobs),
        (0.1, None, None)
    );
    assert_eq!(runtime.compat, "recommended");
}

#[test]
fn neurotrains_protocol_holds_nothing_out_unless_asked_to() {
    let source = CampaignSource::single("bptt", "fc_snn", "MNIST").set("protocol=neurotrain");
    let experiment = one(&source);
    assert_eq!(experiment.runtime.validation, 0.0);
    assert_eq!(
        origin(&experiment, "runtime.validation"),
        "protocol neurotrain, by --set protocol=neurotrain"
    );
    assert_eq!(one(&source.set("validation=0.2")).runtime.validation, 0.2);
}

/// Wherever it stands in the file, what an experiment says wins over what the campaign says.
#[test]
fn an_experiment_may_have_a_protocol_of_its_own() {
    let text = "
a:
  trainer: {name: tp}
  model: {name: vgg9, default: {beta: 0.7}}
  dataset: {name: CIFAR10}
  runtime: {protocol: neurotrain}
b:
  trainer: {name: tp}
  model: {name: vgg9, default: {beta: 0.7}}
  dataset: {name: CIFAR10}
runtime: {protocol: honest}
";
    let campaign = loaded(&yaml(text));
    let betas: Vec<_> = campaign
        .experiments
        .iter()
        .map(|e| value(e, "model.beta"))
        .collect();
    assert_eq!(betas, [json!(0.53), json!(0.7)]);
    assert_eq!(campaign.experiments[0].runtime.validation, 0.0);
    assert_eq!(campaign.experiments[1].runtime.validation, 0.1);
}

#[test]
fn compat_is_handed_to_components_that_have_it() {
    let text = "{trainers: [bptt, ottt], models: [fc_snn], datasets: [MNIST], runtime: {compat: neurotrain}}";
    let campaign = loaded(&yaml(text));
    assert!(
        !campaign.experiments[0].trainer_config.contains_key("compat"),
        "bptt has no such parameter"
    );
    assert_eq!(
        value(&campaign.experiments[1], "trainer.compat"),
        json!("neurotrain")
    );
    assert_eq!(
        origin(&campaign.experiments[1], "trainer.compat"),
        "test.yaml:1 (runtime.compat)"
    );

    let own = loaded(&yaml(text).set("trainers.ottt.compat=recommended"));
    assert_eq!(value(&own.experiments[1], "trainer.compat"), json!("recommended"));
    let file = yaml(
        "{trainers: {ottt: {compat: neurotrain}}, models: [fc_snn], datasets: [MNIST], compat: recommended}",
    );
    assert_eq!(
        value(&one(&file), "trainer.compat"),
        json!("neurotrain"),
        "the component is more specific"
    );
    assert_eq!(
        value(&one(&file.set("compat=recommended")), "trainer.compat"),
        json!("recommended")
    );
}

#[test]
fn variables_may_be_in_capitals() {
    let source = CampaignSource::single("bptt", "fc_snn", "MNIST").env([
        ("NEUROTRAIN_SET__trainers__BPTT__LR", "0.5"),
        ("PATH", "/bin"),
        ("NEUROTRAIN_DATA", "x"),
    ]);
    assert_eq!(value(&one(&source), "trainer.lr"), json!(0.5));
}

#[test]
fn assignments_take_scalars_and_lists() {
    let base = CampaignSource::single("bptt", "fc_snn", "MNIST");
    let with = |set: &str, name: &str| value(&one(&base.clone().set(set)), name);
    assert_eq!(
        with("model.hidden_sizes=64,32", "model.hidden_sizes"),
        json!([64, 32])
    );
    assert_eq!(with("model.hidden_sizes=64", "model.hidden_sizes"), json!([64]));
    assert_eq!(
        with("model.hidden_sizes=[64.0]", "model.hidden_sizes"),
        json!([64])
    );
    assert_eq!(with("trainer.grad_clip=1", "trainer.grad_clip"), json!(1.0));
    assert_eq!(with("trainer.grad_clip=null", "trainer.grad_clip"), json!(null));
    assert_eq!(
        with("trainer.loss_type=mse_count", "trainer.loss_type"),
        json!("mse_count")
    );
    assert_eq!(
        with("trainers.bptt={lr: 5e-4, loss_type: ce_count}", "trainer.lr"),
        json!(5e-4)
    );
    assert_eq!(
        with("model.out_integrator=yes", "model.out_integrator"),
        json!(true),
        "YAML 1.1"
    );
    assert_eq!(with("device=cuda:1", "runtime.device"), json!("cuda:1"));
    assert_eq!(with("data_dir=/data/x y", "runtime.data_dir"), json!("/data/x y"));
    let seeds = loaded(&base.clone().set("seeds=1,2,3"));
    assert_eq!(
        seeds.experiments.iter().map(|e| e.seed).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert!(
        faults(&base.set("trainer.lr="))
            .to_string()
            .contains("the value is missing")
    );
}

/// `direct_coding` and `coding` are one parameter: a later layer wins in either spelling.
#[test]
fn spellings_of_neurotrain_share_the_layers() {
    let text = "{trainers: [bptt], models: [fc_snn], datasets: {MNIST: {direct_coding: true}}}";
    assert_eq!(value(&one(&yaml(text)), "dataset.coding"), json!("direct"));
    let set = one(&yaml(text).set("dataset.coding=rate"));
    assert_eq!(value(&set, "dataset.coding"), json!("rate"));
    let plain = yaml("{trainers: [bptt], models: [fc_snn], datasets: [MNIST]}");
    let none = std::collections::BTreeMap::new();
    assert_eq!(set.id(&none, ""), one(&plain).id(&none, ""));
    assert_eq!(
        one(&plain.set("dataset.direct_coding=null")).id(&none, ""),
        set.id(&none, "")
    );
}

#[test]
fn arguments_can_change_what_runs() {
    let text = "{trainers: [bptt], models: [fc_snn], datasets: [MNIST]}";
    let campaign = loaded(&yaml(text).set("trainers=bptt,ottt").set("datasets=[mnist, SHD]"));
    let groups: Vec<&str> = campaign.experiments.iter().map(|e| e.group.as_str()).collect();
    let wanted = [
        "bptt__fc_snn__MNIST",
        "bptt__fc_snn__SHD",
        "ottt__fc_snn__MNIST",
        "ottt__fc_snn__SHD",
    ];
    assert_eq!(groups, wanted);
    assert_eq!(
        loaded(&yaml(text).set("trainers.ottt.lr=1")).experiments.len(),
        1,
        "an override selects nothing"
    );
    let named = "a: {trainer: {name: bptt}, model: {name: fc_snn}, dataset: {name: MNIST}}";
    let changed = one(&yaml(named)
        .set("a.trainer.name=ottt")
        .set("experiments.a.trainer.lr=0.2"));
    assert_eq!(
        (changed.trainer.as_str(), value(&changed, "trainer.lr")),
        ("ottt", json!(0.2))
    );
}
