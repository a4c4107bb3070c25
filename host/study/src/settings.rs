//! What a study is, and whether a recorded one is the same.

use crate::pruner::Pruner;
use crate::replay::Recorded;
use crate::sampler::Sampler;
use crate::space::Space;
use crate::trial::Direction;
use neurotrain_plugin_api::{Error, Result};

/// The system attribute of a study with its space, by Optuna's descriptions.
pub(crate) const SPACE: &str = "neurotrain:space";

/// What a study is.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Its name; a file may hold several studies.
    pub name: String,
    /// Which objective values are better.
    pub direction: Direction,
    /// The parameters.
    pub space: Space,
    /// How parameters are chosen.
    pub sampler: Sampler,
    /// How trials are stopped early.
    pub pruner: Pruner,
    /// Fixes all choices.
    pub seed: u64,
    /// Steps of a whole trial, for pruners that plan with it.
    pub max_steps: u64,
}

impl Settings {
    /// Refuses a recorded study that is another one. Whether its space is recorded as well.
    pub(crate) fn check(&self, recorded: Option<&Recorded>) -> Result<bool> {
        let Some(recorded) = recorded else {
            return Ok(false);
        };
        let differs = |what: &str| {
            Error::new(
                "bad-config",
                format!("the study `{}` has another {what}", self.name),
            )
            .with_hint("give the study another name or file, or go on with its old settings")
        };
        if recorded.directions != [Some(self.direction)] {
            return Err(differs(&format!(
                "direction: {:?}, not {:?}",
                recorded.directions, self.direction
            )));
        }
        let differences = match recorded.system.get(SPACE) {
            Some(space) => self.space.differences(space),
            // Studies that Optuna made say what they search by their trials only.
            None => {
                let drawn = recorded.trials.iter().flat_map(|trial| &trial.distributions);
                let other = drawn.filter(|(name, drawn)| {
                    self.space
                        .get(name)
                        .is_none_or(|range| !range.is_compatible(drawn))
                });
                let mut names: Vec<String> = other.map(|(name, _)| format!("`{name}`")).collect();
                names.dedup();
                names
            }
        };
        match differences.as_slice() {
            [] => Ok(recorded.system.contains_key(SPACE)),
            some => Err(differs(&format!("space: {}", some.join("; ")))),
        }
    }
}
