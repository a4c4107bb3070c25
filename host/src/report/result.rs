//! The result of each run.

use crate::estimate::Taken;
use crate::supervisor::SearchReport;
use crate::worker::protocol::{Failure, RunSummary};
use neurotrain_campaign::{Protocol, Skipped};
use serde::Serialize;
use std::path::PathBuf;

/// One run of a campaign and how it ended.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RunResult {
    /// Unique name in the campaign.
    pub(crate) name: String,
    /// The name without the seed.
    pub(crate) group: String,
    /// Key of the rule.
    pub(crate) trainer: String,
    /// Key of the network family.
    pub(crate) model: String,
    /// Key of the data set.
    pub(crate) dataset: String,
    /// Seed.
    pub(crate) seed: u64,
    /// How the test data are used.
    pub(crate) protocol: Protocol,
    /// Content hash.
    pub(crate) id: String,
    /// Its folder, if one was made.
    pub(crate) folder: Option<PathBuf>,
    /// How it ended.
    pub(crate) outcome: Outcome,
}

/// How a run ended.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// Now.
    Finished {
        /// What it reached.
        summary: RunSummary,
    },
    /// In an earlier campaign; it was not repeated.
    AlreadyFinished {
        /// What it reached.
        summary: RunSummary,
    },
    /// It failed.
    Failed {
        /// Why.
        failure: Failure,
        /// Whether that was in an earlier campaign, and it was not tried again.
        earlier: bool,
        /// The last lines of its log.
        log: Vec<String>,
        /// The command that does it again.
        repeat: String,
    },
    /// Another supervisor does it; it was not waited for.
    Elsewhere {
        /// Who.
        holder: String,
    },
    /// The user stopped it.
    Stopped,
    /// The user stopped the campaign before it began.
    NotStarted,
}

/// A campaign and its results.
#[derive(Debug)]
pub(crate) struct Results<'a> {
    /// Name of the campaign.
    pub(crate) campaign: &'a str,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Its runs.
    pub(crate) runs: &'a [RunResult],
    /// Its searches.
    pub(crate) searches: &'a [SearchReport],
    /// Triples that cannot be run.
    pub(crate) skipped: &'a [Skipped],
    /// The time, where it was estimated before.
    pub(crate) taken: Option<Taken>,
}

impl RunResult {
    /// What it reached, if it finished now or earlier.
    pub(crate) fn summary(&self) -> Option<&RunSummary> {
        match &self.outcome {
            Outcome::Finished { summary } | Outcome::AlreadyFinished { summary } => Some(summary),
            _ => None,
        }
    }

    /// Whether it was not even begun.
    pub(crate) fn not_started(&self) -> bool {
        matches!(self.outcome, Outcome::NotStarted)
    }

    /// Whether it failed.
    pub(crate) fn failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }
}
