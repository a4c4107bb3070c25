//! YAML, TOML and JSON say the same.

use crate::loaded;
use neurotrain_campaign::{Campaign, CampaignSource, Format, OriginKind};

const YAML: &str = "
name: same
trainers:
  ottt: {lr: 0.05}
  bptt: {}
models: [fc_snn]
datasets: [MNIST, SHD]
seeds: [1, 2]
runtime: {epochs: 3, validation: 0.2}
overrides:
  models:
    fc_snn:
      hidden_sizes: [128]
  dataset: {T: 5}
experiments:
  late:
    trainer: {name: tp, lr: {value: 1.0e-3, type: float, min: 1.0e-5, max: 0.1, log: true}}
    model: {name: r_snn}
    dataset: {name: CIFAR10, direct_coding: false}
    runtime: {epochs: 1}
  early:
    trainer: bptt
    model: fc_snn
    dataset: MNIST
";

const TOML: &str = r#"
name = "same"
models = ["fc_snn"]
datasets = ["MNIST", "SHD"]
seeds = [1, 2]

[trainers.ottt]
lr = 0.05
[trainers.bptt]

[runtime]
epochs = 3
validation = 0.2

[overrides]
models.fc_snn.hidden_sizes = [128]
dataset = { T = 5 }

[experiments.late]
trainer = { name = "tp", lr = { value = 1.0e-3, type = "float", min = 1.0e-5, max = 0.1, log = true } }
model.name = "r_snn"
dataset = { name = "CIFAR10", direct_coding = false }
runtime.epochs = 1

[experiments.early]
trainer = "bptt"
model = "fc_snn"
dataset = "MNIST"
"#;

const JSON: &str = r#"{
"name": "same",
"trainers": {"ottt": {"lr": 0.05}, "bptt": {}},
"models": ["fc_snn"],
"datasets": ["MNIST", "SHD"],
"seeds": [1, 2],
"runtime": {"epochs": 3, "validation": 0.2},
"overrides": {"models": {"fc_snn": {"hidden_sizes": [128]}}, "dataset": {"T": 5}},
"experiments": {
  "late": {
    "trainer": {"name": "tp", "lr": {"value": 1.0e-3, "type": "float", "min": 1.0e-5, "max": 0.1, "log": true}},
    "model": {"name": "r_snn"},
    "dataset": {"name": "CIFAR10", "direct_coding": false},
    "runtime": {"epochs": 1}
  },
  "early": {"trainer": "bptt", "model": "fc_snn", "dataset": "MNIST"}
}}"#;

/// Everything but the places, which name the format.
fn content(name: &str, format: Format, text: &str) -> Campaign {
    let mut campaign = loaded(&CampaignSource::text(name, format, text));
    campaign.file = None;
    campaign.text.clear();
    for experiment in &mut campaign.experiments {
        for origin in experiment
            .origins
            .values_mut()
            .filter(|o| o.kind == OriginKind::File)
        {
            let path = origin.source.split_once(" (").map(|(_, path)| path.to_owned());
            origin.source = path.unwrap_or_default();
        }
    }
    campaign
}

#[test]
fn the_three_formats_mean_the_same() {
    let yaml = content("c.yaml", Format::Yaml, YAML);
    let names: Vec<&str> = yaml.experiments.iter().map(|e| e.group.as_str()).collect();
    let ottt = [
        "ottt__fc_snn__MNIST",
        "ottt__fc_snn__MNIST",
        "ottt__fc_snn__SHD",
        "ottt__fc_snn__SHD",
    ];
    assert_eq!(names[..4], ottt, "in the order of the file");
    assert_eq!(
        names[8..],
        ["late", "late", "early", "early"],
        "in the order of the file"
    );
    assert_eq!(yaml, content("c.toml", Format::Toml, TOML));
    assert_eq!(yaml, content("c.json", Format::Json, JSON));
}

#[test]
fn the_three_formats_know_their_lines() {
    for (name, format, text, line) in [
        ("c.yaml", Format::Yaml, YAML, 4),
        ("c.toml", Format::Toml, TOML, 8),
        ("c.json", Format::Json, JSON, 3),
    ] {
        let campaign = loaded(&CampaignSource::text(name, format, text));
        let origin = &campaign.experiments[0].origins["trainer.lr"];
        assert_eq!(origin.source, format!("{name}:{line} (trainers.ottt.lr)"));
    }
}

/// TOML has no null.
#[test]
fn a_word_stands_for_null_in_toml() {
    let text = "trainers.bptt.grad_clip = \"none\"\nmodels = [\"fc_snn\"]\ndatasets = [\"MNIST\"]\n";
    let campaign = loaded(&CampaignSource::text("c.toml", Format::Toml, text));
    assert!(campaign.experiments[0].trainer_config["grad_clip"].is_null());
}

#[test]
fn yaml_merge_keys_work_as_in_neurotrains_reader() {
    let text = "
base: &base
  trainer: {name: bptt, lr: 0.2}
  model: {name: fc_snn}
  dataset: {name: MNIST}
more:
  <<: *base
  dataset: {name: SHD}
";
    let campaign = loaded(&CampaignSource::text("c.yaml", Format::Yaml, text));
    let groups: Vec<(&str, &str)> = campaign
        .experiments
        .iter()
        .map(|e| (e.group.as_str(), e.dataset.as_str()))
        .collect();
    assert_eq!(groups, [("base", "MNIST"), ("more", "SHD")]);
    assert_eq!(campaign.experiments[1].trainer_config["lr"], 0.2);
}
