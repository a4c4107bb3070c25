//! The median, and decisions at every so many steps.

use crate::pruner::Situation;
use crate::trial::{Direction, TrialState};

/// Whether this is the first report at or after a step where decisions are made.
pub(crate) fn is_due(now: &Situation<'_>, warmup: u64, interval: u64) -> bool {
    if now.step < warmup {
        return false;
    }
    let due = (now.step - warmup) / interval * interval + warmup;
    let before = now.trial.intermediate.range(..now.step).next_back();
    before.is_none_or(|(step, _)| *step < due)
}

/// Whether the best report so far is worse than the median of the complete trials at this step.
pub(crate) fn is_below_median(now: &Situation<'_>, startup: u64, least: u64) -> bool {
    let complete = || {
        now.trials
            .iter()
            .filter(|trial| trial.state == TrialState::Complete)
    };
    let count = complete().count() as u64;
    if count == 0 || count < startup {
        return false;
    }
    let reports = now
        .trial
        .intermediate
        .values()
        .copied()
        .filter(|value| !value.is_nan());
    let best = match now.direction {
        Direction::Maximize => reports.reduce(f64::max),
        Direction::Minimize => reports.reduce(f64::min),
    };
    // Reports that are no numbers are as bad as can be.
    let Some(best) = best else { return true };
    let there: Vec<f64> = complete()
        .filter_map(|trial| trial.intermediate.get(&now.step).copied())
        .collect();
    if (there.len() as u64) < least {
        return false;
    }
    median(there).is_some_and(|median| now.direction.is_better(median, best))
}

/// The median of what are numbers, rounded as numpy does.
fn median(values: Vec<f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let (low, high) = (values.get(last / 2)?, values.get(last.div_ceil(2))?);
    Some(if last % 2 == 0 {
        *low
    } else {
        high - (high - low) * 0.5
    })
}
