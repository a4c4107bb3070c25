//! What is logged.

use crate::record::{DatasetProvenance, EpochMetrics, Scores, SplitSizes, Totals};
use serde::{Deserialize, Serialize};

/// A record with the time at which it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// ISO 8601 in UTC.
    pub time: String,
    /// What happened.
    pub record: LogRecord,
}

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LogRecord {
    /// The run began, or began again.
    Started {
        /// Content hash of configuration, plugins and data.
        run_id: String,
        /// Name of the experiment.
        name: String,
        /// Key of the learning rule.
        trainer: String,
        /// Key of the model family.
        model: String,
        /// Key of the data set.
        dataset: String,
        /// Seed of all randomness.
        seed: u64,
        /// Version of the host program.
        host_version: String,
    },
    /// Everything is open; training begins.
    Prepared {
        /// Names of the neuron layers, input side first.
        layers: Vec<String>,
        /// Samples per split.
        splits: SplitSizes,
        /// Counts of the network.
        totals: Totals,
        /// The data.
        dataset: DatasetProvenance,
    },
    /// An epoch was completed.
    Epoch {
        /// Its number, from 1.
        epoch: u64,
        /// Its metrics.
        metrics: EpochMetrics,
    },
    /// The test split was evaluated.
    Test {
        /// The result.
        scores: Scores,
    },
    /// The archive was written.
    Archived {
        /// Name of its file, without folder.
        archive: String,
        /// Size of the file.
        bytes: u64,
        /// SHA-256 of the file, hexadecimal.
        sha256: String,
    },
    /// The run is complete and archived.
    Finished {
        /// Name of the archive file, without folder.
        archive: String,
    },
    /// The run ended early.
    Failed {
        /// Why.
        reason: String,
    },
    /// A message for the user.
    Message {
        /// `error`, `warn`, `info`, …
        level: String,
        /// Its text.
        text: String,
    },
    /// A kind that a newer version of the program writes.
    #[serde(other)]
    Unknown,
}

impl LogRecord {
    /// Messages are frequent and may be lost in a power failure; everything else is flushed to the disk.
    pub(super) fn must_reach_disk(&self) -> bool {
        !matches!(self, LogRecord::Message { .. })
    }
}
