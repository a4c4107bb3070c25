//! What is refused, and what the messages say.

use crate::{faults, yaml};
use neurotrain_campaign::{CampaignSource, Format, load};
use std::path::PathBuf;

fn message(source: &CampaignSource) -> String {
    let problems = faults(source);
    assert_eq!(problems.list().len(), 1, "{problems}");
    problems.to_string()
}

fn single() -> CampaignSource {
    CampaignSource::single("bptt", "fc_snn", "MNIST")
}

#[test]
fn unknown_parameters_name_their_origin_and_the_nearest_known_one() {
    let text = message(&yaml(
        "trainers: {bptt: {\n  lrr: 0.1}}\nmodels: [fc_snn]\ndatasets: [MNIST]",
    ));
    assert!(
        text.starts_with("test.yaml:2 (trainers.bptt.lrr): unknown parameter `lrr` of trainer `bptt`"),
        "{text}"
    );
    assert!(
        text.contains("did you mean `lr`? known: lr, loss_type, grad_clip"),
        "{text}"
    );

    let text = message(&single().env([("NEUROTRAIN_SET__models__fc_snn__bta", "1")]));
    assert!(
        text.starts_with("NEUROTRAIN_SET__models__fc_snn__bta: unknown parameter `bta`"),
        "{text}"
    );
    assert!(text.contains("did you mean `beta`?"), "{text}");

    let text = message(&single().set("dataset.t=3"));
    assert!(
        text.starts_with("--set dataset.t=3: unknown parameter `t` of data set `MNIST`"),
        "{text}"
    );
    assert!(text.contains("did you mean `T`?"), "{text}");
}

#[test]
fn parameters_in_the_wrong_block_are_sent_to_the_right_one() {
    let text = message(&single().set("trainer.epochs=3"));
    assert!(text.contains("`epochs` is a setting of the run"), "{text}");
    let text = message(&single().set("model.T=3"));
    assert!(text.contains("`T` is a parameter of a data set"), "{text}");
    let text = message(&single().set("runtime.lr=3"));
    assert!(
        text.contains("`lr` is a parameter of a trainer: write `trainer.lr`"),
        "{text}"
    );
}

#[test]
fn unknown_keys_at_every_level() {
    for (content, place, hint) in [
        (
            "trainer_s: [bptt]",
            "test.yaml:1 (trainer_s): unknown key `trainer_s`",
            "did you mean `trainers`?",
        ),
        (
            "trainers: all\nruntime:\n  epoch: 3",
            "test.yaml:3 (runtime.epoch): unknown setting `epoch`",
            "`epochs`?",
        ),
        (
            "overrides: {trainer_: {}}\ntrainers: all",
            "unknown key `trainer_`",
            "did you mean `trainers`?",
        ),
        (
            "experiments:\n  a: {trainer: bptt, model: fc_snn, dataset: MNIST, runtme: {}}",
            "test.yaml:2 (experiments.a.runtme): unknown key `runtme` in experiment `a`",
            "did you mean `runtime`?",
        ),
        (
            "trainers: all\noptuna: {n_trails: 3}",
            "test.yaml:2 (optuna.n_trails): unknown setting",
            "`n_trials`?",
        ),
        (
            "a:\n  trainer: {name: bptt, lr: {value: 1, typ: float}}\n  model: {name: fc_snn}\n  dataset: {name: MNIST}",
            "test.yaml:2 (a.trainer.lr.typ): unknown key `typ` in a tunable block",
            "did you mean `type`?",
        ),
        (
            "a:\n  trainer: {name: bptt}\n  model: {name: fc_snn, cifra10: {beta: 1}}\n  dataset: {name: MNIST}",
            "test.yaml:3 (a.model.cifra10.beta): `cifra10` is neither a parameter nor a section of model `fc_snn`",
            "did you mean `CIFAR10`?",
        ),
    ] {
        let text = message(&yaml(content));
        assert!(text.contains(place), "{text}");
        assert!(text.contains(hint), "{text}");
    }
    let text = message(&single().set("experiments.x.trainer.lr=1"));
    assert!(text.contains("no experiment is called `x`"), "{text}");
}

#[test]
fn unknown_components_are_listed_with_what_is_known() {
    let text = message(&yaml(
        "trainers: [bptt]\nmodels: [fc_snn]\ndatasets: [MNIST,\n  FashonMNIST]",
    ));
    assert!(
        text.starts_with("test.yaml:4 (datasets.1): no data set `FashonMNIST` is installed"),
        "{text}"
    );
    assert!(
        text.contains("did you mean `FashionMNIST`? known: MNIST, FashionMNIST, CIFAR10"),
        "{text}"
    );
    assert!(text.contains("`neurotrain plugins doctor`"), "{text}");
    let text = message(&CampaignSource::single("bpt", "fc_snn", "MNIST"));
    assert!(
        text.starts_with("--trainer bpt: no trainer `bpt` is installed"),
        "{text}"
    );
    let text = message(&single().set("trainers.otttt.lr=1"));
    assert!(
        text.contains("--set trainers.otttt.lr=1: no trainer `otttt` is installed"),
        "{text}"
    );
    let nothing = load(&yaml("trainers: all"), &[]).unwrap_err().to_string();
    for noun in [
        "no trainer is installed",
        "no model is installed",
        "no data set is installed",
    ] {
        assert!(nothing.contains(noun), "{nothing}");
    }
}

#[test]
fn values_must_fit_their_schema() {
    for (set, wanted) in [
        (
            "trainer.lr=fast",
            r#"--set trainer.lr=fast: `lr` is "fast", but must be a number from 0 to 10"#,
        ),
        ("trainer.lr=11", "`lr` is 11.0, but must be a number from 0 to 10"),
        ("trainer.lr=-1", "`lr` is -1.0, but must be"),
        ("trainer.lr=null", "null is not allowed"),
        ("trainer.lr=.inf", "`lr` is \"inf\", but must be a number"),
        ("trainer.lr=.nan", "but must be a number"),
        (
            "trainer.loss_type=mse",
            r#"but must be one of "ce_rate", "mse_count", "ce_count""#,
        ),
        (
            "model.hidden_sizes=[1.5]",
            "but must be a list of whole numbers from 1 to",
        ),
        ("model.hidden_sizes=[0]", "but must be a list of whole numbers"),
        ("model.out_integrator=1", "but must be true or false"),
        ("dataset.T=2.5", "but must be a whole number"),
        (
            "dataset.direct_coding=1",
            "`direct_coding` is 1, but must be true or false",
        ),
        (
            "runtime.epochs=0",
            "`epochs` is 0, but must be a whole number from 1",
        ),
        ("runtime.seeds=[]", "`seeds` is empty"),
        ("runtime.seeds=[-1]", "but must be a list of whole numbers"),
        ("runtime.device=tpu", "must be auto, cpu, cuda:N or metal"),
        ("runtime.device=cuda:x", "must be auto, cpu, cuda:N or metal"),
        ("runtime.dtype=f16", r#"must be one of "f32", "f64""#),
        ("runtime.validation=0.95", "from 0 to 0.9"),
        ("protocol=fair", r#"must be one of "honest", "neurotrain""#),
    ] {
        let text = message(&single().set(set));
        assert!(text.contains(wanted), "{set}: {text}");
        assert!(text.contains(set), "{set}: the origin is missing in: {text}");
    }
    let text = message(&single().set("trainer.lr=fast"));
    assert!(
        text.contains("`lr` of trainer `bptt`: learning rate; default 0.001"),
        "{text}"
    );
}

/// A value that a later layer hides is still wrong.
#[test]
fn all_problems_are_reported_at_once() {
    let text = "
trainers: {bptt: {lr: fast, lrr: 1}, otttt: {}}
models: {fc_snn: {hidden_sizes: 3}}
datasets: [MNIST]
runtime: {epochs: many, sed: 3}
";
    let problems = faults(
        &yaml(text)
            .set("trainers.bptt.lr=0.1")
            .set("nonsense")
            .env([("NEUROTRAIN_SET_lr", "1")]),
    );
    let text = problems.to_string();
    for part in [
        "`lr` is \"fast\"",
        "unknown parameter `lrr`",
        "no trainer `otttt`",
        "`hidden_sizes` is 3",
        "`epochs` is \"many\"",
        "unknown setting `sed`",
        "--set nonsense: this is not an assignment",
        "NEUROTRAIN_SET_lr: this variable looks like an assignment but is none",
    ] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    assert_eq!(problems.list().len(), 8, "{text}");
    assert!(text.starts_with("8 problems in the campaign:\n  1. "), "{text}");
}

#[test]
fn malformed_structure() {
    for (content, wanted) in [
        (
            "trainers: 5",
            "test.yaml:1 (trainers): `trainers` is 5, but must be a list of keys or `all`",
        ),
        (
            "trainers: [{bptt: {lr: 1}}]",
            "test.yaml:1 (trainers.0): a trainer in a list is given by its key",
        ),
        ("trainers: [[bptt]]", "a trainer in a list is given by its key"),
        ("trainers: {bptt: 3}", "the block of a trainer must be a mapping"),
        (
            "trainers: {bptt: {lr: {a: 1}}}",
            "`lr` is a mapping, but must be a value",
        ),
        ("trainers: all\nruntime: 3", "`runtime` must be a mapping"),
        (
            "trainers: all\nruntime: {seed: 1, seeds: [2]}",
            "`seed` and `seeds` say the same thing",
        ),
        ("experiments: 3", "`experiments` must map names to experiments"),
        ("experiments: {a: 3}", "experiment `a` must be a mapping"),
        (
            "experiments: [{trainer: bptt}]",
            "an experiment in a list needs a `name`",
        ),
        (
            "experiments: {a: {trainer: bptt, model: fc_snn}}",
            "experiment `a` names no data set",
        ),
        ("trainers: all\nincompatible: maybe", "must be error, skip or run"),
        ("trainers: all\nmissing: maybe", "must be error or skip"),
        (
            "trainers: all\nopt: maybe",
            "`opt` is \"maybe\", but must be true or false",
        ),
        (
            "trainers: all\ntrainer: {name: bptt}",
            "a block of overrides cannot choose a trainer",
        ),
        ("runtime: {epochs: 3}", "there is nothing to run in test.yaml"),
        ("# only a remark\n", "there is nothing to run in test.yaml"),
        (
            "{trainers: [stsf], models: [r_snn], datasets: [MNIST]}",
            "all combinations are incompatible",
        ),
    ] {
        let problems = faults(&yaml(content)).to_string();
        assert!(problems.contains(wanted), "{content}: {problems}");
    }
}

#[test]
fn tunable_blocks_are_checked() {
    for (block, wanted) in [
        (
            "{value: 1, type: float, min: 2, max: 1}",
            "`min` (2) is greater than `max` (1)",
        ),
        (
            "{value: 1, type: float, min: 0, max: 1, log: true}",
            "a logarithmic scale needs `min` above 0",
        ),
        (
            "{value: 1, type: floaty, min: 0, max: 1}",
            "did you mean `float`?",
        ),
        ("{value: 1, type: categorical}", "needs a `list`"),
        (
            "{value: 1, type: float, min: low, max: 1}",
            "`min` is \"low\", but must be a number",
        ),
        ("{value: fast, type: null}", "`lr` is \"fast\""),
    ] {
        let content = format!("{{trainers: {{bptt: {{lr: {block}}}}}, models: [fc_snn], datasets: [MNIST]}}");
        let text = faults(&yaml(&content)).to_string();
        assert!(text.contains(wanted), "{block}: {text}");
    }
}

#[test]
fn malformed_files_are_reported_with_their_position() {
    for (format, name, content, wanted) in [
        (
            Format::Yaml,
            "c.yaml",
            "trainers: [bptt]\nmodels: : x\n",
            "line 2",
        ),
        (Format::Yaml, "c.yaml", "a: 1\nb: 2\na: 3\n", "duplicate entry"),
        (
            Format::Yaml,
            "c.yaml",
            "- bptt\n- ottt\n",
            "invalid type: sequence, expected a map",
        ),
        (
            Format::Toml,
            "c.toml",
            "trainers = [\"bptt\"]\nmodels = = 1\n",
            "line 2",
        ),
        (Format::Toml, "c.toml", "a = 1\na = 2\n", "duplicate key"),
        (
            Format::Json,
            "c.json",
            "{\"trainers\": [\"bptt\"],\n \"models\": [}\n",
            "line 2",
        ),
        (Format::Json, "c.json", "", "line 1"),
    ] {
        let text = faults(&CampaignSource::text(name, format, content)).to_string();
        assert!(
            text.starts_with(&format!("campaign file {name} cannot be read: ")),
            "{text}"
        );
        assert!(text.contains(wanted), "{content:?}: {text}");
    }
    let twice = "{\"trainers\": \"all\",\n \"name\": \"a\",\n \"name\": \"b\"}";
    let text = faults(&CampaignSource::text("c.json", Format::Json, twice)).to_string();
    assert!(text.contains("c.json:3 (name): this key stands twice"), "{text}");
}

#[test]
fn addresses_that_are_none() {
    for (set, wanted) in [
        ("trainer..lr=1", "the address has an empty part"),
        ("=1", "the address has an empty part"),
        ("trainer.lr", "this is not an assignment"),
        ("trainer.lr=[1", "the value cannot be read"),
        ("a.b.c.d.e.f.g.h.i=1", "the address has more than 8 parts"),
        ("trainer=bptt", "the block of a trainer must be a mapping"),
        ("runtime=3", "`runtime` must be a mapping"),
    ] {
        let text = message(&single().set(set));
        assert!(
            text.starts_with(&format!("--set {set}: ")) && text.contains(wanted),
            "{text}"
        );
    }
    let text = message(&single().env([("NEUROTRAIN_SET__trainer____lr", "1")]));
    assert!(
        text.starts_with("NEUROTRAIN_SET__trainer____lr: the address has an empty part"),
        "{text}"
    );
}

#[test]
fn files_that_cannot_be_opened() {
    let text = faults(&CampaignSource::file("no/such/file.yaml")).to_string();
    assert!(
        text.contains("campaign file no/such/file.yaml cannot be read"),
        "{text}"
    );
    let text = faults(&CampaignSource::file("campaign.ini")).to_string();
    assert!(text.contains("use .yaml, .yml, .toml or .json"), "{text}");
    let folder = tempfile();
    std::fs::write(&folder, [b'a', b':', b' ', 0xff, 0xfe]).unwrap();
    let text = faults(&CampaignSource::file(&folder)).to_string();
    assert!(text.contains("UTF-8"), "{text}");
    std::fs::remove_file(folder).unwrap();
}

fn tempfile() -> PathBuf {
    std::env::temp_dir().join(format!("neurotrain-campaign-{}.yaml", std::process::id()))
}
