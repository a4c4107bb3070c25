//! A run's record from its log, where its archive was lost.

use crate::record::{RunRecord, Status};
use crate::run_log::{LogContents, LogRecord};

/// What the log of a run says of it: metrics of the epochs, the test, warnings. `known` has the rest (configuration,
/// provenance). `None` if the log holds no epoch, which leaves nothing to keep.
///
/// The record is marked as rebuilt and counts as failed, so that the run is done again: its weights are lost.
pub fn rebuild_record(log: &LogContents, known: RunRecord) -> Option<RunRecord> {
    let mut record = RunRecord {
        rebuilt: true,
        ..known
    };
    let mut epochs = Vec::new();
    for entry in &log.entries {
        match &entry.record {
            LogRecord::Started {
                run_id,
                name,
                trainer,
                model,
                dataset,
                seed,
                host_version,
            } => {
                record.run_id.clone_from(run_id);
                record.name.clone_from(name);
                record.trainer.clone_from(trainer);
                record.model.clone_from(model);
                record.dataset.clone_from(dataset);
                record.seed = *seed;
                record.provenance.host_version.clone_from(host_version);
            }
            LogRecord::Prepared {
                layers,
                splits,
                totals,
                dataset,
            } => {
                record.layers.clone_from(layers);
                record.splits = *splits;
                record.totals = *totals;
                record.provenance.dataset.clone_from(dataset);
            }
            // A damaged line leaves a gap: epochs after it would be counted wrongly.
            LogRecord::Epoch { epoch, metrics } if *epoch == epochs.len() as u64 + 1 => {
                epochs.push(metrics.clone());
            }
            LogRecord::Test { scores } => {
                record.test = Some(*scores);
                record.test_touches += 1;
            }
            LogRecord::Message { level, text } if level == "warn" => record.warnings.push(text.clone()),
            _ => {}
        }
        record.created.clone_from(&entry.time);
    }
    if epochs.is_empty() {
        return None;
    }
    let layers = epochs
        .iter()
        .map(|e| e.activation_sparsity.len())
        .max()
        .unwrap_or(0);
    if record.layers.len() != layers {
        record.layers = (0..layers).map(|index| format!("layer {index}")).collect();
    }
    record.measured.execution_seconds = epochs.iter().map(|e| e.wall_seconds).sum();
    record.status = Status::Failed {
        reason: format!(
            "rebuilt from its log, without weights: the archive was lost or damaged after epoch {}",
            epochs.len()
        ),
    };
    record.epochs = epochs;
    Some(record)
}
