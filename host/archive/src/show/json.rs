//! A run as JSON.

use crate::read::StoredRun;
use neurotrain_plugin_api::Result;
use serde_json::{Value, json};

/// Everything but the values of the parameters. NaN and infinities are the strings `NaN`, `inf`, `-inf`.
///
/// # Errors
/// `bad-json` if the configuration cannot be said in JSON, which cannot happen for a run read from a file.
pub fn render_json(run: &StoredRun) -> Result<Value> {
    Ok(json!({
        "file": run.path.display().to_string(),
        "bytes": run.bytes,
        "schema_version": run.schema_version,
        "weights_sha256": run.weights_sha256,
        "metrics_sha256": run.metrics_sha256,
        "nir": serde_json::to_value(&run.nir)?,
        "run": serde_json::to_value(&run.record)?,
        "parameters": serde_json::to_value(&run.parameters)?,
    }))
}
