//! Keys of NeuroTrain's files that are accepted and ignored, and why that is right.

use crate::catalogue::Kind;

const SHAPE: &str = "the shape is taken from the data set";
const CLASSES: &str = "the number of classes is taken from the data set";
const NETWORKS: &str = "network types are declared by the plugin";
const SWALLOWED: &str = "this trainer has no such parameter, and NeuroTrain ignores it too";
const LOADING: &str = "the host loads in the background and caches by itself";

const MODEL: [(&str, &str); 6] = [
    ("in_shape", SHAPE),
    ("input_shape", SHAPE),
    ("in_channels", SHAPE),
    ("num_classes", CLASSES),
    ("net_type", NETWORKS),
    ("algorithm_name", "the trainer is known"),
];

const TRAINER: [(&str, &str); 8] = [
    ("supported_net_types", NETWORKS),
    ("loss_type", SWALLOWED),
    ("use_optimizer", SWALLOWED),
    ("quant", SWALLOWED),
    ("optimizer", SWALLOWED),
    (
        "sanitize_grads",
        "a gradient that is not finite ends the run with that reason",
    ),
    ("detach_state_each_step", "no graph is recorded"),
    ("debug_unused_learning_signals", "it only prints in NeuroTrain"),
];

const DATASET: [(&str, &str); 6] = [
    ("supported_net_types", NETWORKS),
    ("num_workers", LOADING),
    ("pin_memory", LOADING),
    ("use_cache", LOADING),
    ("download", "nothing is downloaded"),
    ("data_root", "no folder is given"),
];

const SETTINGS: [(&str, &str); 3] = [
    (
        "neurobench",
        "the host measures accuracy, sparsity, operations and memory in every run",
    ),
    ("log_level", "logging is set on the command line"),
    ("progress", "progress is set on the command line"),
];

/// Why the parameter `key` of a component without it has no effect; none if it is simply unknown.
pub(crate) fn parameter(kind: Kind, key: &str) -> Option<&'static str> {
    let table: &[(&str, &'static str)] = match kind {
        Kind::Trainer => &TRAINER,
        Kind::Model => &MODEL,
        Kind::Dataset => &DATASET,
    };
    table.iter().find(|(name, _)| *name == key).map(|(_, why)| *why)
}

/// Why the setting `key` has no effect; none if it is known otherwise, or unknown.
pub(crate) fn setting(key: &str) -> Option<&'static str> {
    SETTINGS
        .iter()
        .find(|(name, _)| *name == key)
        .map(|(_, why)| *why)
}
