//! Which trials are stopped early: Optuna's rules, decision by decision.

mod halving;
mod interval;

use crate::options::{Options, bad};
use crate::trial::{Direction, Trial};
use neurotrain_plugin_api::Result;
use serde_json::Value;

/// How trials are stopped early.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Pruner {
    /// Never.
    #[default]
    None,
    /// Where the best report of a trial is worse than the median of the complete trials at that step.
    Median {
        /// Complete trials before anything is pruned.
        n_startup_trials: u64,
        /// First step at which a trial may be pruned.
        n_warmup_steps: u64,
        /// Steps between decisions.
        interval_steps: u64,
        /// Reports at a step before anything is pruned there.
        n_min_trials: u64,
    },
    /// Several brackets of [`Pruner::Asha`], which differ in how early they prune.
    Hyperband {
        /// First step of the most eager bracket.
        min_resource: u64,
        /// Steps of a whole trial; none for those of the settings.
        max_resource: Option<u64>,
        /// One of so many trials goes on.
        reduction_factor: u64,
    },
    /// Asynchronous successive halving: one of `reduction_factor` trials goes on to as many times the steps.
    Asha {
        /// Step of the first decision.
        min_resource: u64,
        /// One of so many trials goes on.
        reduction_factor: u64,
        /// Decisions that are left out at the start.
        min_early_stopping_rate: u64,
    },
    /// Where a report is outside of bounds.
    Threshold {
        /// Least value that goes on.
        lower: Option<f64>,
        /// Greatest value that goes on.
        upper: Option<f64>,
        /// First step at which a trial may be pruned.
        n_warmup_steps: u64,
        /// Steps between decisions.
        interval_steps: u64,
    },
}

#[derive(Clone, Copy)]
enum Kind {
    None,
    Median,
    Hyperband,
    Asha,
    Threshold,
}

/// A decision, and the rungs of successive halving that the trial has reached by it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Decision {
    pub(crate) is_pruned: bool,
    pub(crate) rungs: Vec<(String, f64)>,
}

/// What a decision is made from.
pub(crate) struct Situation<'a> {
    pub(crate) study: &'a str,
    pub(crate) direction: Direction,
    pub(crate) max_steps: u64,
    pub(crate) trials: &'a [Trial],
    /// The trial in question, without reports after `step`.
    pub(crate) trial: &'a Trial,
    pub(crate) step: u64,
    /// The report at `step`.
    pub(crate) value: f64,
}

impl Pruner {
    /// Reads `median` or `{name: median, n_warmup_steps: 3}`, or null; Optuna's class names are understood.
    pub fn read(value: &Value) -> Result<Self> {
        let mut options = Options::read("pruner", value)?;
        let pruner = match options.choose(&[
            (&["none", "nop", "null", "no"], Kind::None),
            (&["median"], Kind::Median),
            (&["hyperband"], Kind::Hyperband),
            (&["asha", "successive_halving", "sha"], Kind::Asha),
            (&["threshold"], Kind::Threshold),
        ])? {
            Kind::None => Pruner::None,
            Kind::Median => Pruner::Median {
                n_startup_trials: options.whole("n_startup_trials", 5, 0)?,
                n_warmup_steps: options.whole("n_warmup_steps", 0, 0)?,
                interval_steps: options.whole("interval_steps", 1, 1)?,
                n_min_trials: options.whole("n_min_trials", 1, 1)?,
            },
            Kind::Hyperband => Pruner::Hyperband {
                min_resource: options.whole("min_resource", 1, 1)?,
                max_resource: options.whole_or_auto("max_resource")?,
                reduction_factor: options.whole("reduction_factor", 3, 2)?,
            },
            Kind::Asha => Pruner::Asha {
                min_resource: options.whole_or_auto("min_resource")?.unwrap_or(1),
                reduction_factor: options.whole("reduction_factor", 4, 2)?,
                min_early_stopping_rate: options.whole("min_early_stopping_rate", 0, 0)?,
            },
            Kind::Threshold => {
                let (lower, upper) = (options.number("lower")?, options.number("upper")?);
                let is_empty = lower.zip(upper).is_some_and(|(lower, upper)| lower > upper);
                if is_empty || (lower.is_none() && upper.is_none()) {
                    return Err(bad(
                        "pruner `threshold`: needs `lower`, `upper` or both, in this order".to_owned(),
                    ));
                }
                Pruner::Threshold {
                    lower,
                    upper,
                    n_warmup_steps: options.whole("n_warmup_steps", 0, 0)?,
                    interval_steps: options.whole("interval_steps", 1, 1)?,
                }
            }
        };
        options.finish()?;
        Ok(pruner)
    }

    /// Whether the trial stops at this step.
    pub(crate) fn decide(&self, now: &Situation<'_>) -> Decision {
        let only = |is_pruned| Decision {
            is_pruned,
            rungs: Vec::new(),
        };
        match *self {
            Pruner::None => Decision::default(),
            Pruner::Median {
                n_startup_trials,
                n_warmup_steps,
                interval_steps,
                n_min_trials,
            } => only(
                interval::is_due(now, n_warmup_steps, interval_steps)
                    && interval::is_below_median(now, n_startup_trials, n_min_trials),
            ),
            Pruner::Threshold {
                lower,
                upper,
                n_warmup_steps,
                interval_steps,
            } => {
                let is_outside = now.value.is_nan()
                    || lower.is_some_and(|lower| now.value < lower)
                    || upper.is_some_and(|upper| now.value > upper);
                only(interval::is_due(now, n_warmup_steps, interval_steps) && is_outside)
            }
            Pruner::Asha {
                min_resource,
                reduction_factor,
                min_early_stopping_rate,
            } => halving::decide(
                now,
                now.trials.iter(),
                min_resource,
                reduction_factor,
                min_early_stopping_rate,
            ),
            Pruner::Hyperband {
                min_resource,
                max_resource,
                reduction_factor,
            } => halving::hyperband(
                now,
                min_resource,
                max_resource.unwrap_or(now.max_steps),
                reduction_factor,
            ),
        }
    }
}
