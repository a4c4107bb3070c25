//! What is known of a run, except its weights.

use crate::number;
use neurotrain_plugin_api::{Graph, NetworkInfo};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A run as it is archived; its weights travel beside it as [`Parameter`](crate::Parameter)s.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunRecord {
    /// Content hash of configuration, plugins and data.
    pub run_id: String,
    /// Name of the experiment.
    pub name: String,
    /// When the archive was made, ISO 8601 in UTC: see [`now_utc`].
    pub created: String,
    /// Key of the learning rule.
    pub trainer: String,
    /// Key of the model family.
    pub model: String,
    /// Key of the data set.
    pub dataset: String,
    /// Seed of all randomness.
    pub seed: u64,
    /// How the run ended.
    pub status: Status,
    /// Whether the metrics were taken from the run's log after its archive was lost: such a file has no weights.
    pub rebuilt: bool,
    /// How the test split was used.
    pub protocol: Protocol,
    /// Samples per split.
    pub splits: SplitSizes,
    /// How often the test split was evaluated.
    pub test_touches: u64,
    /// What was not as it should be, though the run went on.
    pub warnings: Vec<String>,
    /// Names of the neuron layers, input side first: the order of [`EpochMetrics::activation_sparsity`].
    pub layers: Vec<String>,
    /// Metrics of each finished epoch.
    pub epochs: Vec<EpochMetrics>,
    /// The epoch whose weights are archived, from 0; `None` for the last.
    pub kept_epoch: Option<u64>,
    /// The final test of the trained network.
    pub test: Option<Scores>,
    /// Figures of the whole run that do not depend on the machine.
    pub totals: Totals,
    /// Figures of the whole run that depend on the machine.
    pub measured: Measured,
    /// The network as the model family made it.
    pub graph: Option<Graph>,
    /// Its layer view, with the neuron constants after training.
    pub network: Option<NetworkInfo>,
    /// Length of a time step in seconds, for the NIR view; `None`: 1e-4, as other tools assume.
    pub step_seconds: Option<f64>,
    /// Configuration.
    pub config: ConfigRecord,
    /// Where the software, the data and the figures come from.
    pub provenance: Provenance,
}

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Status {
    /// All epochs and the final test are in the file.
    #[default]
    Completed,
    /// It was a trial of a search that had no more use for it; what was reached is in the file.
    Pruned,
    /// It stopped early; what was reached is in the file.
    Failed {
        /// Why.
        reason: String,
    },
}

/// How the test split was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Selection sees a validation split; the test split is used once.
    #[default]
    Honest,
    /// Selection on the test split, as the reference does.
    Neurotrain,
}

/// Number of samples per split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SplitSizes {
    /// Used to learn.
    pub train: u64,
    /// Held out for selection.
    pub validation: u64,
    /// Held out for the final test.
    pub test: u64,
}

/// Accuracy and loss of one pass over a split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Share of samples classified correctly, 0 to 1.
    #[serde(with = "number")]
    pub accuracy: f64,
    /// Mean loss per sample.
    #[serde(with = "number")]
    pub loss: f64,
}

/// Metrics of one epoch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EpochMetrics {
    /// While training, with the predictions made during it.
    pub train: Scores,
    /// On the validation split, if there is one.
    pub validation: Option<Scores>,
    /// On the test split, under [`Protocol::Neurotrain`] only.
    pub test: Option<Scores>,
    /// `1 - nonzero / total` over the outputs of each neuron layer; empty if it was not computed.
    #[serde(with = "number::list")]
    pub activation_sparsity: Vec<f64>,
    /// Scalars that the rule reported, mean over the epoch.
    #[serde(with = "number::map")]
    pub scalars: BTreeMap<String, f64>,
    /// Wall time of training and evaluation, in seconds (measured).
    #[serde(with = "number")]
    pub wall_seconds: f64,
    /// Training samples per second (measured).
    #[serde(with = "number")]
    pub samples_per_second: f64,
    /// Largest live size of neuron state, rule state and saved activations, in bytes (measured).
    pub peak_training_state_bytes: u64,
}

/// Figures of the whole run that are the same on every machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Number of trainable scalars of the network.
    pub parameter_count: u64,
    /// Bytes of all parameters: 4 or 8 times their number.
    pub memory_footprint_bytes: u64,
    /// Synaptic operations, if they were counted.
    pub synaptic_operations: Option<SynapticOperations>,
}

/// Synaptic operations of the whole run. Effective: pairs of a non-zero input and a non-zero weight; dense:
/// the same count as if all were non-zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SynapticOperations {
    /// Dense operations of forward passes.
    pub forward_dense: u64,
    /// Effective operations of forward passes.
    pub forward_effective: u64,
    /// Dense operations of learning.
    pub learning_dense: u64,
    /// Effective operations of learning.
    pub learning_effective: u64,
}

/// Figures of the whole run that depend on the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measured {
    /// Wall time of the run, in seconds.
    #[serde(with = "number")]
    pub execution_seconds: f64,
    /// Anything else, by name with its unit. A worker writes `peak_resident_bytes` (of the process),
    /// `peak_tensor_bytes` (of everything it meters), and where the time went: `setup_seconds`,
    /// `data_waiting_seconds`, `training_seconds`, `validation_seconds`, `test_seconds`, `archive_seconds` (without
    /// putting the finished file on the disk) and `other_seconds`, which add up to the execution time.
    #[serde(with = "number::map")]
    pub scalars: BTreeMap<String, f64>,
}

/// The configuration of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfigRecord {
    /// Every value in force.
    pub resolved: Value,
    /// Where each value comes from (default, file, environment, command line).
    pub origins: Value,
    /// The campaign as its author wrote it.
    pub requested: String,
    /// Format of `requested`: `yaml`, `toml` or `json`.
    pub requested_format: String,
}

/// Where software, data and figures come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// Version of the host program.
    pub host_version: String,
    /// Commit it was built from, if known.
    pub host_commit: String,
    /// The plugins that took part.
    pub plugins: Vec<PluginProvenance>,
    /// The data.
    pub dataset: DatasetProvenance,
    /// The machine.
    pub machine: Machine,
    /// What decided between dense and event-driven products; `None` in files of programs that had no such table.
    pub cost_table: Option<CostTableProvenance>,
}

/// What decided between dense and event-driven products, complete: with it the run can be repeated to the bit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CostTableProvenance {
    /// How it was chosen: `auto`, `builtin` or the name of a file.
    pub origin: String,
    /// What it was measured on.
    pub machine: String,
    /// First digits of the table's SHA-256, hexadecimal.
    pub digest: String,
    /// The table, as JSON.
    pub json: String,
}

/// A plugin file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PluginProvenance {
    /// `trainer`, `model` or `dataset`.
    pub role: String,
    /// Key of the component used.
    pub key: String,
    /// Package name.
    pub name: String,
    /// Package version.
    pub version: String,
    /// Name of the file, without folder.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// The data set of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DatasetProvenance {
    /// Name.
    pub name: String,
    /// Subset or synthetic; empty for the full official data.
    pub variant: String,
    /// Licence and credit.
    pub attribution: String,
    /// The files that were read.
    pub files: Vec<FileProvenance>,
}

/// A data file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileProvenance {
    /// Name within the data set.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// The machine of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Machine {
    /// Processor model.
    pub cpu: String,
    /// Number of processor cores.
    pub cores: u64,
    /// Threads that the run used.
    pub threads: u64,
    /// Operating system.
    pub os: String,
    /// Compiler version.
    pub rustc: String,
    /// Target triple.
    pub target: String,
    /// Instruction sets and build features in use.
    pub features: Vec<String>,
}

impl Status {
    /// `completed`, `pruned` or `failed`.
    pub fn name(&self) -> &'static str {
        match self {
            Status::Completed => "completed",
            Status::Pruned => "pruned",
            Status::Failed { .. } => "failed",
        }
    }

    /// Why the run failed; empty for another one.
    pub fn reason(&self) -> &str {
        match self {
            Status::Completed | Status::Pruned => "",
            Status::Failed { reason } => reason,
        }
    }
}

impl Protocol {
    /// `honest` or `neurotrain`.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Honest => "honest",
            Protocol::Neurotrain => "neurotrain",
        }
    }
}

/// The time now, ISO 8601 in UTC with seconds: `2026-01-31T12:00:00Z`.
pub fn now_utc() -> String {
    let now = time::OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(0).unwrap_or(now);
    now.format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}
