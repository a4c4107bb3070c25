//! A specification for tests.

use crate::cost::FrozenTable;
use crate::runtime::DataSearch;
use crate::worker::spec::{PluginFile, RunSpec};
use neurotrain_campaign::{Experiment, Request, Runtime};
use serde_json::{Map, from_value, json};
use std::collections::BTreeMap;

/// A run of so many epochs.
pub(super) fn spec(epochs: u64) -> RunSpec {
    let runtime: Runtime = from_value(json!({
        "epochs": epochs, "batch_size": 32, "device": "cpu", "dtype": "f32", "threads": null, "validation": 0.1,
        "protocol": "honest", "compat": "recommended", "data_dir": null,
    }))
    .expect("a runtime");
    let experiment = Experiment {
        name: "a__s1".to_owned(),
        group: "a".to_owned(),
        trainer: "rule".to_owned(),
        model: "network".to_owned(),
        dataset: "data".to_owned(),
        seed: 1,
        trainer_config: Map::new(),
        model_config: Map::new(),
        dataset_config: Map::new(),
        runtime,
        request: Request::Matrix,
        search: None,
        origins: BTreeMap::new(),
    };
    let file = PluginFile {
        path: "/plugin.so".into(),
        name: "plugin".to_owned(),
        version: "1.0.0".to_owned(),
        sha256: String::new(),
    };
    RunSpec::new(
        "campaign",
        experiment,
        [file.clone(), file.clone(), file],
        (DataSearch::new(&[]), String::new()),
        (String::new(), String::new()),
        FrozenTable::builtin(),
    )
}
