//! Asynchronous successive halving, and Hyperband as brackets of it.
//!
//! What a trial had reported at a rung is a system attribute, under the name Optuna uses.

use crate::pruner::{Decision, Situation};
use crate::trial::{Direction, Trial};

/// Whether the trial is among the best of its rung; it may climb several rungs at once.
pub(crate) fn decide<'a>(
    now: &Situation<'_>,
    competitors: impl Iterator<Item = &'a Trial> + Clone,
    min_resource: u64,
    factor: u64,
    skipped: u64,
) -> Decision {
    let mut decision = Decision::default();
    let mut rung = (0..)
        .find(|rung| !now.trial.system_attrs.contains_key(&key(*rung)))
        .unwrap_or(0);
    loop {
        let exponent = u32::try_from(skipped + rung).unwrap_or(u32::MAX);
        let step = factor
            .checked_pow(exponent)
            .and_then(|times| min_resource.checked_mul(times));
        if step.is_none_or(|step| now.step < step) {
            return decision;
        }
        if now.value.is_nan() {
            decision.is_pruned = true;
            return decision;
        }
        let key = key(rung);
        let mut values: Vec<f64> = competitors
            .clone()
            .filter(|trial| trial.number != now.trial.number)
            .filter_map(|trial| trial.system_attrs.get(&key)?.as_f64())
            .chain([now.value])
            .collect();
        decision.rungs.push((key, now.value));
        if !is_promoted(now, &mut values, factor) {
            decision.is_pruned = true;
            return decision;
        }
        rung += 1;
    }
}

/// [`decide`] among the trials of the same bracket.
pub(crate) fn hyperband(now: &Situation<'_>, min_resource: u64, max_resource: u64, factor: u64) -> Decision {
    let brackets = Brackets::new(min_resource, max_resource, factor);
    let Some(own) = brackets.of(now.study, now.trial.number) else {
        return Decision::default();
    };
    let same = now
        .trials
        .iter()
        .filter(|trial| brackets.of(now.study, trial.number) == Some(own));
    decide(now, same, min_resource, factor, own)
}

/// The shares of the brackets.
struct Brackets(Vec<u64>);

impl Brackets {
    fn new(min_resource: u64, max_resource: u64, factor: u64) -> Self {
        let rungs = (max_resource as f64 / min_resource as f64).ln() / (factor as f64).ln();
        let count = (rungs.floor() + 1.0).max(0.0);
        let share = |rest: u64| (count * (factor as f64).powf(rest as f64) / (rest + 1) as f64).ceil() as u64;
        Brackets((0..count as u64).rev().map(share).collect())
    }

    /// The bracket of a trial: by a checksum, so that every process finds the same one.
    fn of(&self, study: &str, number: u64) -> Option<u64> {
        let total: u64 = self.0.iter().sum();
        let hash = u64::from(crc32fast::hash(format!("{study}_{number}").as_bytes()));
        let mut rest = hash.checked_rem(total)?;
        for (bracket, share) in (0..).zip(&self.0) {
            match rest.checked_sub(*share) {
                Some(after) => rest = after,
                None => return Some(bracket),
            }
        }
        None
    }
}

fn is_promoted(now: &Situation<'_>, values: &mut [f64], factor: u64) -> bool {
    let best = (values.len() as u64 / factor).saturating_sub(1) as usize;
    values.sort_by(f64::total_cmp);
    match now.direction {
        Direction::Maximize => values
            .iter()
            .rev()
            .nth(best)
            .is_some_and(|limit| now.value >= *limit),
        Direction::Minimize => values.get(best).is_some_and(|limit| now.value <= *limit),
    }
}

fn key(rung: u64) -> String {
    format!("completed_rung_{rung}")
}
