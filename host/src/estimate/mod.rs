//! What a campaign will take, said before it begins.
//!
//! - `wanted`: what is to be estimated.
//! - `likeness`: which runs take the same per batch.
//! - `evidence`: what finished runs took.
//! - `child`, `ask`: runs that are begun in children to see how fast they are.
//! - `cost`, `forecast`: the arithmetic.
//! - `table`: how it is told.

mod ask;
mod child;
mod cost;
mod evidence;
mod forecast;
mod likeness;
mod table;
#[cfg(test)]
mod tests;
mod wanted;

pub(crate) use child::child;
pub(crate) use forecast::{Forecast, Taken};
pub(crate) use wanted::{Wanted, planned};

use crate::supervisor::Sharing;
use ask::{Limits, rehearse_all};
use cost::{Cost, Source};
use likeness::Likeness;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// How runs will be started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions {
    /// How they share the cores.
    pub(crate) sharing: Sharing,
    /// Longest silence of one.
    pub(crate) stall: Option<Duration>,
}

/// Estimates `wanted`, from finished runs below `campaign` where there are some.
pub(crate) fn estimate(wanted: &[Wanted], campaign: &Path, conditions: Conditions) -> Forecast {
    let finished = evidence::finished_below(campaign);
    let mut known: HashMap<Likeness, Cost> = HashMap::new();
    let mut unknown: Vec<&Wanted> = Vec::new();
    for one in wanted {
        let likeness = Likeness::of(&one.spec);
        match finished.get(&likeness) {
            Some(cost) => drop(known.insert(likeness, cost.clone())),
            None => unknown.push(one),
        }
    }
    let mut reasons = HashMap::new();
    for (likeness, answer) in rehearse_all(&unknown, Limits::new(conditions)) {
        match answer {
            Ok(taken) => {
                // Of several begun side by side, the slower one.
                let slower = known
                    .get(&likeness)
                    .is_none_or(|other| other.is_faster_than(&taken.0));
                if slower {
                    known.insert(likeness, Cost::measured(taken));
                }
            }
            Err(reason) => drop(reasons.insert(likeness, reason)),
        }
    }
    let costs = wanted.iter().map(|one| {
        let likeness = Likeness::of(&one.spec);
        let similar = || {
            let mut others: Vec<_> = known
                .iter()
                .filter(|(other, _)| other.is_similar(&likeness))
                .collect();
            others.sort_by(|a, b| a.0.cmp(b.0));
            others.first().map(|(_, cost)| cost.with_source(Source::Similar))
        };
        match (known.get(&likeness), reasons.get(&likeness)) {
            (Some(cost), _) => Ok(cost.clone()),
            // What begins badly may well be bad.
            (None, Some(reason)) => Err(reason.clone()),
            (None, None) => similar().ok_or_else(|| "there was no time to look at it".to_owned()),
        }
    });
    Forecast::new(wanted, costs.collect(), conditions.sharing.jobs)
}
