//! What NeuroTrain has, and what its words mean.

use crate::catalogue::Kind;
use serde_json::{Value, json};

const TRAINERS: [&str; 10] = [
    "bptt", "decolle", "eprop", "esd_rtrl", "etlp", "ostl", "osttp", "ottt", "stsf", "tp",
];
const MODELS: [&str; 4] = ["fc_snn", "r_snn", "conv_snn", "vgg9"];
const DATASETS: [&str; 8] = [
    "MNIST",
    "FashionMNIST",
    "CIFAR10",
    "SVHN",
    "NMNIST",
    "DVSGesture",
    "DVSCIFAR10",
    "SHD",
];

/// Whether NeuroTrain has a component: what `all` means under its protocol.
pub(crate) fn has(kind: Kind, key: &str) -> bool {
    match kind {
        Kind::Trainer => TRAINERS.contains(&key),
        Kind::Model => MODELS.contains(&key),
        Kind::Dataset => DATASETS.contains(&key),
    }
}

/// Why NeuroTrain does not train a triple that this program trains.
pub(crate) fn refusal(trainer: &str, model: &str) -> Option<String> {
    (trainer == "decolle" && model == "r_snn")
        .then(|| "NeuroTrain has no DECOLLE for recurrent networks".to_owned())
}

/// NeuroTrain's name of a triple: `bptt_fc_snn_mnist`.
pub(crate) fn name(trainer: &str, model: &str, dataset: &str) -> String {
    format!("{trainer}_{model}_{dataset}").to_lowercase()
}

/// A pruner as it is written: the word `threshold` alone has the bound that NeuroTrain gives it.
pub(crate) fn pruner(written: &Value) -> Value {
    match written.as_str() {
        Some("threshold") => json!({"name": "threshold", "lower": 0.2, "n_warmup_steps": 20}),
        _ => written.clone(),
    }
}
