//! One run, fully resolved.

use crate::{Origin, Runtime, Search};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// One run, fully resolved: what a worker needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// Unique in the campaign and fit for a file name: `bptt__fc_snn__MNIST__s42`.
    pub name: String,
    /// The name without the seed: runs of one group differ by the seed only.
    pub group: String,
    /// Key of the trainer.
    pub trainer: String,
    /// Key of the model.
    pub model: String,
    /// Key of the data set.
    pub dataset: String,
    /// The seed.
    pub seed: u64,
    /// Every parameter of the trainer, in the order of its schema.
    pub trainer_config: Map<String, Value>,
    /// Every parameter of the model.
    pub model_config: Map<String, Value>,
    /// Every parameter of the data set.
    pub dataset_config: Map<String, Value>,
    /// Settings of the run.
    pub runtime: Runtime,
    /// How it was asked for.
    pub request: Request,
    /// What a search would explore, if the campaign says so.
    pub search: Option<Search>,
    /// Origin of each value: `trainer.lr`, `model.beta`, `dataset.T`, `runtime.epochs`, `runtime.seeds`.
    pub origins: BTreeMap<String, Origin>,
}

/// How an experiment was asked for, which decides what a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Request {
    /// As part of a matrix: a refusal drops it.
    Matrix,
    /// By name: a refusal is an error.
    Named,
    /// By name, with `incompatible: skip`: a refusal drops it.
    Optional,
}

impl Experiment {
    /// The id of the run: the first 16 hexadecimal digits of the SHA-256 of the resolved configuration, the
    /// hashes of the plugins it uses (and whatever else of the program decides the result, for instance a cost
    /// table's), and the hash of the data. The name, the origins, folders and the number of threads do not enter,
    /// since results do not depend on them; neither does where a cost table comes from.
    pub fn id(&self, plugin_hashes: &BTreeMap<String, String>, data_hash: &str) -> String {
        let content = json!({
            "format": "neurotrain-experiment/1",
            "trainer": {"key": self.trainer, "config": self.trainer_config},
            "model": {"key": self.model, "config": self.model_config},
            "dataset": {"key": self.dataset, "config": self.dataset_config},
            "seed": self.seed,
            "runtime": {
                "epochs": self.runtime.epochs,
                "batch_size": self.runtime.batch_size,
                "device": self.runtime.device,
                "dtype": self.runtime.dtype,
                "validation": self.runtime.validation,
                "protocol": self.runtime.protocol,
                "compat": self.runtime.compat,
                "early_stopping": self.runtime.early_stopping,
            },
            "plugins": plugin_hashes,
            "data": data_hash,
        });
        let digest = Sha256::digest(canonical(&content).as_bytes());
        digest.iter().take(8).fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// JSON with sorted keys and no white space, so that equal content has equal bytes.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let entries: Vec<String> = sorted
                .into_iter()
                .map(|(k, v)| format!("{}:{}", Value::from(k.as_str()), canonical(v)))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        plain => plain.to_string(),
    }
}
