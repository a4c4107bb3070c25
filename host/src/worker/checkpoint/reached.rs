//! How far a run has come, beside its weights and the state of its rule.

use crate::worker::tally::{ScalarMeans, Sums};
use crate::worker::watch::Watch;
use neurotrain_archive::{EpochMetrics, Scores};
use neurotrain_engine::Activity;
use neurotrain_tensor::{Phase, SynapticOps};
use serde::{Deserialize, Serialize};

/// The order of [`Reached::operations`].
pub(crate) const PHASES: [Phase; 2] = [Phase::Forward, Phase::Learning];

/// Everything of a run that is neither a weight nor the rule's own. Randomness needs nothing: it is a function of seed,
/// purpose and index.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Reached {
    /// Content hash of the run.
    pub(crate) run_id: String,
    /// The epochs that are complete.
    pub(crate) epochs: Vec<EpochMetrics>,
    /// What is done of the next one.
    pub(crate) within: Option<Within>,
    /// What was not as it should be.
    pub(crate) warnings: Vec<String>,
    /// The latest test, where the protocol tests in every epoch.
    pub(crate) test: Option<Scores>,
    /// How often the test split was evaluated.
    pub(crate) test_touches: u64,
    /// Which parameters have not been changed yet.
    pub(crate) watch: Watch,
    /// Synaptic operations of the forward and the learning phase: dense, accumulates, multiply-accumulates.
    pub(crate) operations: [[u64; 3]; 2],
    /// Largest live size of all tensors.
    pub(crate) peak_tensor_bytes: u64,
    /// Wall time so far.
    pub(crate) seconds: f64,
    /// Wall time by phase.
    pub(crate) phases: Vec<f64>,
}

/// An epoch that has begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Within {
    /// Batches that are done.
    pub(crate) batches: u64,
    /// Whether the rule was told that the epoch's training is over.
    pub(crate) trained: bool,
    /// Loss and accuracy so far.
    pub(crate) sums: Sums,
    /// Scalars that the rule reported.
    pub(crate) scalars: ScalarMeans,
    /// Spikes and neuron steps of every layer.
    pub(crate) activity: Vec<(u64, u64)>,
    /// Largest training state.
    pub(crate) peak_training_bytes: u64,
    /// Wall time of training, and of all.
    pub(crate) seconds: [f64; 2],
}

impl Reached {
    /// Where it is, in words.
    pub(crate) fn place(&self) -> String {
        match &self.within {
            None => format!("epoch {} complete", self.epochs.len()),
            Some(w) if w.trained => format!("epoch {} trained", self.epochs.len() + 1),
            Some(w) => format!("batch {} of epoch {}", w.batches, self.epochs.len() + 1),
        }
    }
}

/// Counters as they are remembered.
pub(crate) fn figures(ops: SynapticOps) -> [u64; 3] {
    [ops.dense_mac, ops.effective_ac, ops.effective_mac]
}

/// Counters as they were.
pub(crate) fn operations([dense_mac, effective_ac, effective_mac]: [u64; 3]) -> SynapticOps {
    SynapticOps {
        dense_mac,
        effective_ac,
        effective_mac,
    }
}

impl Within {
    /// Activity of every layer.
    pub(crate) fn activity(&self) -> Vec<Activity> {
        self.activity
            .iter()
            .map(|(spikes, neuron_steps)| Activity {
                spikes: *spikes,
                neuron_steps: *neuron_steps,
            })
            .collect()
    }
}
