//! A campaign: what will be run, what will not and why.

use crate::problem::{Findings, Problem};
use crate::{Experiment, Problems, Request, Runtime};
use serde::{Deserialize, Serialize};

/// A campaign, expanded and resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// Its name: from the file, else the file's stem, else the single run's name.
    pub name: String,
    /// Free text from the file.
    pub description: String,
    /// The file it was read from, as given.
    pub file: Option<String>,
    /// The content of that file, for the archive.
    pub text: String,
    /// What will be run, in order: the matrix (trainers, models, data sets, seeds), then named experiments
    /// in the order of the file.
    pub experiments: Vec<Experiment>,
    /// What will not be run.
    pub skipped: Vec<Skipped>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// The runtime settings of the campaign; single experiments may differ.
    pub runtime: Runtime,
    /// Seeds of the campaign; single experiments may differ.
    pub seeds: Vec<u64>,
    /// Runs at a time; none if the host may choose.
    pub jobs: Option<usize>,
    /// Folder for results; none if the host may choose.
    pub out: Option<String>,
}

/// A triple that is not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Key of the trainer.
    pub trainer: String,
    /// Key of the model.
    pub model: String,
    /// Key of the data set.
    pub dataset: String,
    /// Why, as shown to the user.
    pub reason: String,
}

impl Campaign {
    /// Drops what a rule refuses: `refusal` returns the reason, or none for what it accepts. Triples of the
    /// matrix are listed as skipped; a refused experiment that was asked for by name is a problem, unless
    /// its campaign says `incompatible: skip`. `incompatible: run` does not help here: a rule that refuses
    /// cannot be run.
    pub fn refuse(&mut self, mut refusal: impl FnMut(&Experiment) -> Option<String>) -> Result<(), Problems> {
        let mut findings = Findings::default();
        let mut kept = Vec::new();
        for experiment in std::mem::take(&mut self.experiments) {
            match refusal(&experiment) {
                None => kept.push(experiment),
                Some(reason) if experiment.request == Request::Named => findings.problem(
                    Problem::new(format!(
                        "experiment `{}` cannot be run: {reason}",
                        experiment.group
                    ))
                    .hint("`incompatible: skip` in its block, or in the campaign, leaves it out"),
                ),
                Some(reason) => {
                    let skipped = Skipped {
                        trainer: experiment.trainer,
                        model: experiment.model,
                        dataset: experiment.dataset,
                        reason,
                    };
                    if !self.skipped.contains(&skipped) {
                        self.skipped.push(skipped);
                    }
                }
            }
        }
        self.experiments = kept;
        findings.finish().map(|_| ())
    }
}
