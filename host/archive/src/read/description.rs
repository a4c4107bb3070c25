//! What was run: root attributes, `/network` and `/config`.

use crate::h5::{attribute, optional_attribute, optional_text_attribute, text, text_attribute};
use crate::record::{ConfigRecord, Protocol, RunRecord, SplitSizes, Status};
use hdf5::Group;
use neurotrain_plugin_api::{Error, Result};
use serde::de::DeserializeOwned;

/// Reads the root attributes.
pub(crate) fn read_identity(run: &Group) -> Result<RunRecord> {
    let word = |name: &str| text_attribute(run, name).map_err(|e| missing("attribute", name, &e));
    let number = |name: &str| attribute::<u64>(run, name).map_err(|e| missing("attribute", name, &e));
    Ok(RunRecord {
        run_id: word("run_id")?,
        name: word("name")?,
        created: word("created")?,
        trainer: word("trainer")?,
        model: word("model")?,
        dataset: word("dataset")?,
        seed: number("seed")?,
        status: status(&word("status")?, word("failure_reason")?)?,
        protocol: protocol(&word("protocol")?)?,
        splits: SplitSizes {
            train: number("train_samples")?,
            validation: number("validation_samples")?,
            test: number("test_samples")?,
        },
        rebuilt: optional_attribute(run, "rebuilt")
            .map_err(|e| missing("attribute", "rebuilt", &e))?
            .unwrap_or_default(),
        test_touches: number("test_touches")?,
        warnings: warnings(run)?,
        kept_epoch: optional_attribute::<u64>(run, "kept_epoch")
            .map_err(|e| missing("attribute", "kept_epoch", &e))?
            .and_then(|epoch| epoch.checked_sub(1)),
        step_seconds: optional_attribute(run, "step_seconds")
            .map_err(|e| missing("attribute", "step_seconds", &e))?,
        ..RunRecord::default()
    })
}

/// What the run warned of; a file without the attribute has none.
fn warnings(run: &Group) -> Result<Vec<String>> {
    match optional_text_attribute(run, "warnings").map_err(|e| missing("attribute", "warnings", &e))? {
        Some(text) => Ok(serde_json::from_str(&text)?),
        None => Ok(Vec::new()),
    }
}

/// Reads the network graph and its layer view, where present.
pub(crate) fn read_network(run: &Group, record: &mut RunRecord) -> Result<()> {
    let group = run
        .group("network")
        .map_err(|e| missing("group", "network", &e))?;
    if group.link_exists("graph") {
        record.graph = Some(json(&group, "graph")?);
    }
    if group.link_exists("layers") {
        record.network = Some(json(&group, "layers")?);
    }
    Ok(())
}

/// Reads the configuration.
pub(crate) fn read_config(run: &Group) -> Result<ConfigRecord> {
    let group = run.group("config").map_err(|e| missing("group", "config", &e))?;
    let requested = group
        .dataset("requested")
        .and_then(|d| text_attribute(&d, "format"));
    Ok(ConfigRecord {
        resolved: json(&group, "resolved")?,
        origins: json(&group, "origins")?,
        requested: text(&group, "requested").map_err(|e| missing("dataset", "requested", &e))?,
        requested_format: requested.map_err(|e| missing("attribute", "format", &e))?,
    })
}

fn json<T: DeserializeOwned>(group: &Group, name: &str) -> Result<T> {
    let text = text(group, name).map_err(|e| missing("dataset", name, &e))?;
    serde_json::from_str(&text).map_err(|e| Error::from(e).context(format!("dataset `{name}`")))
}

fn status(name: &str, reason: String) -> Result<Status> {
    match name {
        "completed" => Ok(Status::Completed),
        "pruned" => Ok(Status::Pruned),
        "failed" => Ok(Status::Failed { reason }),
        _ => Err(Error::bad_data(format!("attribute `status` is `{name}`"))),
    }
}

fn protocol(name: &str) -> Result<Protocol> {
    match name {
        "honest" => Ok(Protocol::Honest),
        "neurotrain" => Ok(Protocol::Neurotrain),
        _ => Err(Error::bad_data(format!("attribute `protocol` is `{name}`"))),
    }
}

fn missing(kind: &str, name: &str, cause: &hdf5::Error) -> Error {
    Error::bad_data(format!("{kind} `{name}` cannot be read: {cause}"))
}
