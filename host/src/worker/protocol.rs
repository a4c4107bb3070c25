//! What a worker and its supervisor tell each other.

use neurotrain_archive::RunRecord;
use serde::{Deserialize, Serialize};

/// Worker to supervisor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum WorkerEvent {
    /// Everything is loaded; training begins.
    Started(Start),
    /// Some batches later.
    Progress(Progress),
    /// Something is not as it should be; the run goes on.
    Warning {
        /// What.
        text: String,
    },
    /// An epoch and its validation are over.
    Epoch(EpochScores),
    /// The run is over and archived.
    Finished(RunSummary),
    /// The run cannot go on.
    Failed(Failure),
    /// The run ended early because it was asked to.
    Stopped(RunSummary),
    /// The run ended early because its search has no more use for it.
    Pruned(RunSummary),
}

/// Supervisor to worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Order {
    /// End at the next batch and keep what is there.
    Stop,
    /// The search has use for another epoch.
    GoOn,
    /// The search has no more use for the run.
    Prune,
}

/// The size of what begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Start {
    /// Scalars of the network.
    pub(crate) parameters: u64,
    /// Epochs to train.
    pub(crate) epochs: u64,
    /// Batches of an epoch.
    pub(crate) batches: u64,
    /// Training samples.
    pub(crate) samples: u64,
    /// Where an earlier attempt is taken up, in words.
    #[serde(default)]
    pub(crate) resumed: Option<String>,
}

/// Where training is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// `train`, `validation` or `test`.
    pub(crate) phase: String,
    /// Epoch, from 0.
    pub(crate) epoch: u64,
    /// Batches done in this phase of this epoch.
    pub(crate) batch: u64,
    /// Batches of this phase.
    pub(crate) batches: u64,
    /// Mean loss of the phase so far.
    pub(crate) loss: Option<f64>,
    /// Accuracy of the phase so far.
    pub(crate) accuracy: Option<f64>,
    /// Samples per second.
    pub(crate) samples_per_second: f64,
}

/// What an epoch reached.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct EpochScores {
    /// Epoch, from 0.
    pub(crate) epoch: u64,
    /// Mean training loss as the rule defines it.
    pub(crate) train_loss: Option<f64>,
    /// Accuracy of the predictions made while training.
    pub(crate) train_accuracy: Option<f64>,
    /// Validation loss (cross-entropy of the scores).
    pub(crate) validation_loss: Option<f64>,
    /// Validation accuracy.
    pub(crate) validation_accuracy: Option<f64>,
    /// Test accuracy, under NeuroTrain's protocol.
    #[serde(default)]
    pub(crate) test_accuracy: Option<f64>,
    /// Wall time of training in this epoch.
    pub(crate) seconds: f64,
}

/// What a run reached.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct RunSummary {
    /// Epochs completed.
    pub(crate) epochs: u64,
    /// Training loss of the last epoch.
    pub(crate) train_loss: Option<f64>,
    /// Training accuracy of the last epoch.
    pub(crate) train_accuracy: Option<f64>,
    /// Validation accuracy of the last epoch, or of the one whose weights are kept.
    pub(crate) validation_accuracy: Option<f64>,
    /// Test accuracy, computed once after the last epoch.
    pub(crate) test_accuracy: Option<f64>,
    /// Test loss.
    pub(crate) test_loss: Option<f64>,
    /// Wall time of the run.
    pub(crate) seconds: f64,
    /// Training samples per second.
    pub(crate) samples_per_second: Option<f64>,
    /// Largest training state beside parameters and input, bytes.
    pub(crate) peak_state_bytes: Option<u64>,
    /// Trainable scalars.
    pub(crate) parameters: u64,
    /// What is said of the data beside its key: synthetic, subset; empty for the full official data.
    pub(crate) data_variant: String,
}

impl RunSummary {
    /// The short form of an archived run.
    pub(crate) fn of(record: &RunRecord) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        let kept = record.kept_epoch.map(|epoch| epoch as usize);
        let last = match kept {
            Some(kept) => record.epochs.get(kept),
            None => record.epochs.last(),
        };
        let speed: Vec<f64> = record
            .epochs
            .iter()
            .filter_map(|e| finite(e.samples_per_second))
            .collect();
        RunSummary {
            epochs: record.epochs.len() as u64,
            train_loss: last.and_then(|e| finite(e.train.loss)),
            train_accuracy: last.and_then(|e| finite(e.train.accuracy)),
            validation_accuracy: last.and_then(|e| e.validation).and_then(|s| finite(s.accuracy)),
            test_accuracy: record.test.and_then(|s| finite(s.accuracy)),
            test_loss: record.test.and_then(|s| finite(s.loss)),
            seconds: record.measured.execution_seconds,
            samples_per_second: (!speed.is_empty()).then(|| speed.iter().sum::<f64>() / speed.len() as f64),
            peak_state_bytes: record.epochs.iter().map(|e| e.peak_training_state_bytes).max(),
            parameters: record.totals.parameter_count,
            data_variant: record.provenance.dataset.variant.clone(),
        }
    }
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// Stable short code.
    pub(crate) code: String,
    /// What happened and where.
    pub(crate) message: String,
    /// What to do; may be empty.
    pub(crate) hint: String,
    /// What was printed before, where no run folder holds it.
    #[serde(default)]
    pub(crate) log: Vec<String>,
}

impl Failure {
    /// Whether a file could not be written, or read: another try may well succeed, and says nothing new about the run.
    pub(crate) fn is_of_the_disk(&self) -> bool {
        ["io", "archive-full", "archive-unwritable"].contains(&self.code.as_str())
    }
}

impl From<&neurotrain_plugin_api::Error> for Failure {
    fn from(e: &neurotrain_plugin_api::Error) -> Self {
        Failure {
            code: e.code().to_owned(),
            message: e.message().to_owned(),
            hint: e.hint().to_owned(),
            ..Failure::default()
        }
    }
}
