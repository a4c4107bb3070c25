//! What was run: root attributes, `/network` and `/config`.

use crate::SCHEMA_VERSION;
use crate::h5::{create_group, put_attribute, put_text, put_text_attribute};
use crate::record::{ConfigRecord, RunRecord};
use hdf5::File;
use neurotrain_plugin_api::Result;
use serde_json::Value;

/// The value of the root attribute `Conventions`, by which a run archive is known.
pub(crate) const CONVENTIONS: &str = "NeuroTrain-run";

/// Writes the root attributes.
pub(crate) fn write_identity(
    file: &File,
    record: &RunRecord,
    weights_sha256: &str,
    metrics_sha256: &str,
) -> Result<()> {
    let producer = format!("neurotrain {}", record.provenance.host_version);
    for (name, text) in [
        ("Conventions", CONVENTIONS),
        ("schema_version", SCHEMA_VERSION),
        ("producer", producer.trim_end()),
        ("created", &record.created),
        ("run_id", &record.run_id),
        ("name", &record.name),
        ("trainer", &record.trainer),
        ("model", &record.model),
        ("dataset", &record.dataset),
        ("status", record.status.name()),
        ("failure_reason", &without_nul(record.status.reason())),
        ("protocol", record.protocol.name()),
        ("weights_sha256", weights_sha256),
        ("metrics_sha256", metrics_sha256),
        ("NX_class", "NXroot"),
        ("default", "metrics"),
    ] {
        put_text_attribute(file, name, text)?;
    }
    for (name, number) in [
        ("seed", record.seed),
        ("train_samples", record.splits.train),
        ("validation_samples", record.splits.validation),
        ("test_samples", record.splits.test),
        ("test_touches", record.test_touches),
    ] {
        put_attribute(file, name, &number)?;
    }
    if !record.warnings.is_empty() {
        let warnings = serde_json::to_string(&record.warnings)?;
        put_text_attribute(file, "warnings", &without_nul(&warnings))?;
    }
    if let Some(epoch) = record.kept_epoch {
        // Counted as the coordinate `epoch` of the metrics is.
        put_attribute(file, "kept_epoch", &(epoch + 1))?;
    }
    if record.rebuilt {
        put_attribute(file, "rebuilt", &true)?;
    }
    match record.step_seconds {
        Some(seconds) => put_attribute(file, "step_seconds", &seconds),
        None => Ok(()),
    }
}

/// Reasons come from plugins; HDF5 keeps no text with a NUL, and a run must not be lost for one.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Writes the network graph and its layer view.
pub(crate) fn write_network(file: &File, record: &RunRecord) -> Result<()> {
    let group = create_group(file, "network")?;
    put_text_attribute(
        &group,
        "description",
        "the network graph and its layer view, as JSON",
    )?;
    if let Some(graph) = &record.graph {
        put_text(&group, "graph", &serde_json::to_string_pretty(graph)?)?;
    }
    if let Some(network) = &record.network {
        put_text(&group, "layers", &serde_json::to_string_pretty(network)?)?;
    }
    Ok(())
}

/// Writes the configuration.
pub(crate) fn write_config(file: &File, config: &ConfigRecord) -> Result<()> {
    let group = create_group(file, "config")?;
    let what = "configuration in force, origin of each value, and as requested";
    put_text_attribute(&group, "description", what)?;
    put_json(&group, "resolved", &config.resolved)?;
    put_json(&group, "origins", &config.origins)?;
    let requested = put_text(&group, "requested", &config.requested)?;
    put_text_attribute(&requested, "format", &config.requested_format)
}

fn put_json(group: &hdf5::Group, name: &str, value: &Value) -> Result<()> {
    let dataset = put_text(group, name, &serde_json::to_string_pretty(value)?)?;
    put_text_attribute(&dataset, "format", "json")
}
