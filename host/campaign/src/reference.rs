//! What NeuroTrain has, and how it calls its experiments.

use crate::catalogue::Kind;

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

/// NeuroTrain's name of a triple: `bptt_fc_snn_mnist`.
pub(crate) fn name(trainer: &str, model: &str, dataset: &str) -> String {
    format!("{trainer}_{model}_{dataset}").to_lowercase()
}
