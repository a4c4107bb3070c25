//! Settings of a run that belong to no component.

use crate::harmless;
use neurotrain_plugin_api::{Component, ParamSchema};
use serde::{Deserialize, Serialize};

/// How model selection and the sections of a model are handled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Selection sees a validation split, the test split is used once; explicit configuration wins over
    /// the sections of a model.
    #[default]
    Honest,
    /// As NeuroTrain: selection on the test set, no validation split unless asked for; trainer sections of
    /// a model win over the `default` section of a file.
    Neurotrain,
}

/// Settings of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Runtime {
    /// Passes over the training data.
    pub epochs: u64,
    /// Samples per update.
    pub batch_size: usize,
    /// `auto`, `cpu`, `cuda:N` or `metal`.
    pub device: String,
    /// `f32` or `f64`.
    pub dtype: String,
    /// Threads of the run; none if the host may choose. Results do not depend on it.
    pub threads: Option<usize>,
    /// Share of the training split held out for validation, where the data set has no such split.
    pub validation: f64,
    /// How selection and sections are handled.
    pub protocol: Protocol,
    /// `recommended` or `neurotrain`: passed to every component with a parameter `compat`.
    pub compat: String,
    /// Folder with data sets; none for the host's own places.
    pub data_dir: Option<String>,
    /// Whether a profile is written beside the run. Results do not depend on it.
    #[serde(default)]
    pub profile: bool,
    /// Batches of training, and of one evaluation, in the profile's trace.
    #[serde(default)]
    pub profile_batches: u64,
    /// Longest time between two checkpoints of a run, in minutes; 0 for ends of epochs alone. Results do not depend on it.
    #[serde(default = "ten_minutes")]
    pub checkpoint_minutes: f64,
    /// Training ends when validation accuracy has not improved for so many epochs, and the weights of the best epoch are
    /// kept; 0 for all epochs and the weights of the last.
    #[serde(default)]
    pub early_stopping: u64,
    /// What decides between dense and event-driven products: `auto`, `builtin` or a file. One for the campaign.
    #[serde(default = "automatic")]
    pub cost_table: String,
    /// Where frames of recordings are kept between runs: `auto`, `off` or a folder. Results do not depend on it.
    #[serde(default = "automatic")]
    pub cache: String,
    /// Bytes that they may take.
    #[serde(default = "cache_bytes")]
    pub cache_bytes: u64,
}

fn ten_minutes() -> f64 {
    10.0
}

/// The host's own choice.
fn automatic() -> String {
    "auto".to_owned()
}

/// What frames of recordings may take unless the user says otherwise.
fn cache_bytes() -> u64 {
    8 << 30
}

/// The runtime block as a component, so that it is checked like one.
pub(crate) fn component() -> Component {
    let mut component = Component::new(
        "runtime",
        "Runtime",
        "Settings of a run that belong to no component",
    );
    component.kind = "runtime".to_owned();
    component.params = schema();
    component
}

const NAMES: [&str; 19] = [
    "epochs",
    "batch_size",
    "seeds",
    "device",
    "dtype",
    "threads",
    "jobs",
    "validation",
    "protocol",
    "compat",
    "data_dir",
    "out",
    "profile",
    "profile_batches",
    "checkpoint_minutes",
    "early_stopping",
    "cost_table",
    "cache",
    "cache_bytes",
];

/// Settings that only the campaign as a whole can have.
pub(crate) const CAMPAIGN_ONLY: [&str; 3] = ["jobs", "out", "cost_table"];

/// Spellings that mean another key.
const ALIASES: [(&str, &str); 4] = [
    ("seed", "seeds"),
    ("validation_fraction", "validation"),
    ("data_root", "data_dir"),
    ("output", "out"),
];

/// Whether `key` is a setting, under whatever spelling.
pub(crate) fn is_setting(key: &str) -> bool {
    key == "seed"
        || harmless::setting(key).is_some()
        || names().any(|name| name == key)
        || alias(key).is_some()
}

/// Names of all settings.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter()
}

/// The setting that `key` is another spelling of.
pub(crate) fn alias(key: &str) -> Option<&'static str> {
    ALIASES
        .iter()
        .find(|(spelling, _)| *spelling == key)
        .map(|(_, name)| *name)
}

/// A device as the engine names it, and a remark if that differs from what was written.
pub(crate) fn device(text: &str) -> Option<(String, Option<&'static str>)> {
    let ordinal = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    match text {
        "auto" | "cpu" | "metal" => Some((text.to_owned(), None)),
        "cuda" | "gpu" => Some((
            "auto".to_owned(),
            Some("is read as `auto`, a GPU if there is one, as in NeuroTrain; `cuda:0` insists on one"),
        )),
        "mps" => Some(("metal".to_owned(), None)),
        _ => text
            .strip_prefix("cuda:")
            .filter(|rest| ordinal(rest))
            .map(|_| (text.to_owned(), None)),
    }
}

fn schema() -> Vec<ParamSchema> {
    let most = 9_007_199_254_740_991.0;
    vec![
        ParamSchema::int("epochs", 10, "passes over the training data").range(1.0, 1e9),
        ParamSchema::int("batch_size", 256, "samples per update").range(1.0, 1e9),
        ParamSchema::int_list("seeds", &[42], "one run per seed").range(0.0, most),
        ParamSchema::text("device", "auto", "auto, cpu, cuda:N or metal"),
        ParamSchema::choice("dtype", "f32", &["f32", "f64"], "floating-point type of a run"),
        ParamSchema::int("threads", 1, "threads per run")
            .range(1.0, 4096.0)
            .nullable(),
        ParamSchema::int("jobs", 1, "runs at a time")
            .range(1.0, 4096.0)
            .nullable(),
        ParamSchema::float("validation", 0.1, "share of the training split held out").range(0.0, 0.9),
        ParamSchema::choice(
            "protocol",
            "honest",
            &["honest", "neurotrain"],
            "how selection is done",
        ),
        ParamSchema::choice(
            "compat",
            "recommended",
            &["recommended", "neurotrain"],
            "behaviour of components where the reference deviates from the literature",
        ),
        ParamSchema::text("data_dir", "", "folder with data sets").nullable(),
        ParamSchema::text("out", "", "folder for results").nullable(),
        ParamSchema::bool("profile", false, "write where the time goes beside each run"),
        ParamSchema::int(
            "profile_batches",
            20,
            "batches of training and of one evaluation in the trace",
        )
        .range(0.0, 1e6),
        ParamSchema::float(
            "checkpoint_minutes",
            10.0,
            "longest time between two checkpoints of a run; 0: at ends of epochs alone",
        )
        .range(0.0, 1e6),
        ParamSchema::int(
            "early_stopping",
            0,
            "epochs without a better validation accuracy after which training ends with the best weights; 0: never",
        )
        .range(0.0, 1e9),
        ParamSchema::text("cost_table", "auto", "costs of products: auto, builtin or a file"),
        ParamSchema::text(
            "cache",
            "auto",
            "where frames of recordings are kept between runs: auto, off or a folder",
        ),
        ParamSchema::int(
            "cache_bytes",
            cache_bytes() as i64,
            "bytes that kept frames may take",
        )
        .range(0.0, most),
    ]
}
