//! Files written for NeuroTrain are accepted as they are.

use crate::{catalogue, loaded, one, origin, value, yaml};
use neurotrain_campaign::{Campaign, CampaignSource, load};
use serde_json::json;
use std::path::{Path, PathBuf};

/// In the structure of its benchmarking files.
const BENCHMARK: &str = "
trainers:
  - bptt

models:
  - fc_snn
  - r_snn
  - conv_snn

datasets:

runtime:
  epochs: 20
  device: cuda
  seed: 42
  log_level: INFO
  neurobench: false

opt: true

optuna:
  n_trials: 10
  direction: maximize
  sampler: tpe
  pruner: {type: threshold, lower: 0.15}
  timeout: null
  storage: null
";

/// In the structure of its custom files.
const CUSTOM: &str = "
plain:
  trainer: {name: bptt, lr: 5.0e-4, use_optimizer: true}
  model: {name: fc_snn, hidden_sizes: [256], in_shape: [784], num_classes: 10}
  dataset: {name: MNIST, T: 25, direct_coding: true, num_workers: 4, pin_memory: false, data_root: /data}
  runtime: {epochs: 20, device: cuda, seed: 42}
searched:
  name: searched_label
  opt: true
  optuna: {n_trials: 30, sampler: tpe}
  trainer:
    name: stsf
    lr: {value: 2.0e-3, type: float, min: 1.0e-5, max: 1.0e-1, log: true}
    loss_type: {value: ce_rate, type: categorical, list: [ce_rate, mse_count]}
  model:
    name: fc_snn
    beta: {value: 0.8, type: float, min: 0.5, max: 0.99}
    hidden_sizes: {value: [64]}
  dataset:
    name: fashionmnist
    T: {value: 12, type: int, min: 5, max: 30, step: 5}
    data_root: null
    use_cache: {value: true, type: null}
  runtime: {epochs: 2, batch_size: 128}
vgg:
  trainer: {name: bptt}
  model:
    name: vgg9
    default: {in_channels: 3, input_shape: [3, 32, 32], num_classes: 10, conv_gain: 1.8, pool_after_blocks: [2, 4]}
  dataset: {name: CIFAR10, T: 6}
";

#[test]
fn benchmarking_files() {
    let campaign = loaded(&yaml(BENCHMARK));
    assert_eq!(campaign.experiments.len(), 23);
    let first = &campaign.experiments[0];
    assert_eq!(
        (first.runtime.epochs, first.runtime.device.as_str(), first.seed),
        (20, "auto", 42)
    );
    let search = first.search.as_ref().unwrap();
    assert_eq!(search.settings.trials, 10);
    assert_eq!(search.settings.pruner["lower"], json!(0.15));
    // Nothing is said about ranges: those of the manifests count.
    let names: Vec<&str> = search.space.keys().map(String::as_str).collect();
    assert_eq!(names, ["model.beta", "model.threshold", "trainer.lr"]);
    let lr = &search.space["trainer.lr"];
    assert_eq!((lr.min, lr.max, lr.log), (Some(1e-5), Some(0.1), true));
    let warnings = campaign.warnings.join("\n");
    assert!(warnings.contains("`neurobench` has no effect"), "{warnings}");
    assert!(
        warnings.contains("`device: cuda` is read as `auto`"),
        "{warnings}"
    );
}

#[test]
fn custom_files() {
    let campaign = loaded(&yaml(CUSTOM));
    let names: Vec<&str> = campaign.experiments.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["plain__s42", "searched_label__s42", "vgg__s42"]);
    let [plain, searched, vgg] = &campaign.experiments[..] else {
        panic!("three experiments")
    };
    assert_eq!(value(plain, "trainer.lr"), json!(5e-4));
    assert_eq!(value(plain, "dataset.coding"), json!("direct"));
    assert_eq!(value(plain, "runtime.data_dir"), json!("/data"));
    assert_eq!(
        origin(plain, "runtime.data_dir"),
        "test.yaml:5 (plain.dataset.data_root)"
    );

    assert_eq!(
        value(searched, "trainer.lr"),
        json!(2e-3),
        "tunable blocks take their value"
    );
    assert_eq!(value(searched, "model.hidden_sizes"), json!([64]));
    assert_eq!(
        (value(searched, "dataset.T"), searched.runtime.batch_size),
        (json!(12), 128)
    );
    let space = &searched.search.as_ref().unwrap().space;
    assert_eq!(
        space.keys().map(String::as_str).collect::<Vec<_>>(),
        ["dataset.T", "model.beta", "model.threshold", "trainer.lr"]
    );
    assert_eq!(
        (space["trainer.lr"].max, space["trainer.lr"].log),
        (Some(0.1), true)
    );
    assert_eq!(space["dataset.T"].step, Some(5.0));
    assert!(plain.search.is_none());

    assert_eq!(value(vgg, "model.conv_gain"), json!(1.8));
    let warnings = campaign.warnings.join("\n");
    assert!(
        warnings.contains("`vgg` is run although `vgg9` is a network of type vgg9"),
        "{warnings}"
    );
    for key in [
        "loss_type",
        "use_optimizer",
        "in_shape",
        "num_classes",
        "num_workers",
        "use_cache",
    ] {
        assert!(
            warnings.contains(&format!("`{key}` has no effect: ")),
            "{key} in {warnings}"
        );
    }
}

#[test]
fn a_plain_value_ends_the_search_for_a_parameter() {
    let text = "
a:
  opt: true
  trainer: {name: bptt, lr: {value: 0.1, type: float, min: 0.01, max: 1}}
  model: {name: fc_snn}
  dataset: {name: MNIST}
";
    let explored = |source| one(source).search.unwrap().space.contains_key("trainer.lr");
    assert!(explored(&yaml(text)));
    assert!(!explored(&yaml(text).set("trainer.lr=0.2")));
    assert_eq!(one(&yaml(text).set("a.opt=false")).search, None);
}

/// The files themselves, where a checkout is at hand.
#[test]
fn the_files_of_the_reference() {
    let Some(root) = std::env::var_os("NEUROTRAIN_REFERENCE").map(PathBuf::from) else {
        eprintln!("skipped: NEUROTRAIN_REFERENCE does not point to a checkout of NeuroTrain");
        return;
    };
    let config = root.join("config");
    let mut files = Vec::new();
    for folder in ["", "benchmarking", "vgg9"] {
        let entries = std::fs::read_dir(config.join(folder)).unwrap();
        files.extend(
            entries
                .map(|e| e.unwrap().path())
                .filter(|p| p.extension().is_some_and(|e| e == "yaml")),
        );
    }
    files.sort();
    assert_eq!(files.len(), 36, "2 paper files, 10 of benchmarking, 24 of vgg9");
    let mut total = 0;
    for file in &files {
        let campaign = campaign_of(file);
        eprintln!(
            "{}: {} experiments, {} warnings",
            file.display(),
            campaign.experiments.len(),
            campaign.warnings.len()
        );
        let name = file.strip_prefix(&config).unwrap().to_string_lossy().into_owned();
        let wanted = match name.as_str() {
            "paper_benchmarking.yaml" => 171,
            "paper_examples.yaml" => 3,
            vgg if vgg.starts_with("vgg9") => 1,
            _ => campaign.experiments.len(),
        };
        assert_eq!(campaign.experiments.len(), wanted, "{name}");
        if name.starts_with("benchmarking") {
            total += campaign.experiments.len();
        }
    }
    assert_eq!(total, 171, "the files of the trainers together make the matrix");
    reference_semantics(&config);
}

fn campaign_of(file: &Path) -> Campaign {
    load(&CampaignSource::file(file), &catalogue::neurotrain())
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// D-09: under the reference's protocol "TP + VGG9v1" is the v2 network; honestly it is what the file says.
fn reference_semantics(config: &Path) {
    let file = config.join("vgg9/tp_vgg9v1_cifar10.yaml");
    let honest = campaign_of(&file).experiments.remove(0);
    assert_eq!(value(&honest, "model.surrogate_kind"), json!("sigmoid"));
    assert_eq!(value(&honest, "model.conv_gain"), json!(1.0));
    let source = CampaignSource::file(&file).set("protocol=neurotrain");
    let reference = loaded(&source).experiments.remove(0);
    assert_eq!(value(&reference, "model.surrogate_kind"), json!("atan"));
    assert_eq!(value(&reference, "model.conv_gain"), json!(1.8));
    assert_eq!(value(&reference, "model.use_tp_pool"), json!(true));
}
