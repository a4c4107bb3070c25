//! Orders finished trials from the best to the worst: only the order counts for the samplers.

use crate::trial::{Direction, Trial, TrialState};
use std::cmp::Ordering;

/// A finished trial and its place; equally good ones share a place.
pub(crate) type Ranked<'a> = (&'a Trial, f64);

/// Complete trials by value, then pruned ones by how far they came and their last report, then failed ones.
pub(crate) fn ranked(trials: &[Trial], direction: Direction) -> Vec<Ranked<'_>> {
    let mut finished: Vec<&Trial> = trials.iter().filter(|trial| trial.state.is_finished()).collect();
    let order = |a: &Trial, b: &Trial| compare(a, b, direction);
    finished.sort_by(|a, b| order(a, b).then(a.number.cmp(&b.number)));
    let mut ranked: Vec<Ranked<'_>> = Vec::with_capacity(finished.len());
    for (place, trial) in finished.into_iter().enumerate() {
        let place = match ranked.last() {
            Some((before, shared)) if order(before, trial) == Ordering::Equal => *shared,
            _ => place as f64,
        };
        ranked.push((trial, place));
    }
    ranked
}

/// Those that say something of the objective.
pub(crate) fn with_value<'a>(ranked: &[Ranked<'a>]) -> Vec<Ranked<'a>> {
    let told = ranked
        .iter()
        .filter(|(trial, _)| trial.state != TrialState::Failed);
    told.copied().collect()
}

fn compare(a: &Trial, b: &Trial, direction: Direction) -> Ordering {
    let class = |trial: &Trial| trial.state.code();
    class(a).cmp(&class(b)).then_with(|| match a.state {
        TrialState::Complete => by_value(a.value, b.value, direction),
        TrialState::Pruned => {
            let last = |trial: &Trial| trial.intermediate.values().next_back().copied();
            let further = b.last_step().cmp(&a.last_step());
            further.then_with(|| by_value(last(a), last(b), direction))
        }
        _ => Ordering::Equal,
    })
}

/// Better values first, what is no number last.
fn by_value(a: Option<f64>, b: Option<f64>, direction: Direction) -> Ordering {
    let cost = |value: Option<f64>| match (value, direction) {
        (Some(value), _) if value.is_nan() => f64::INFINITY,
        (Some(value), Direction::Minimize) => value,
        (Some(value), Direction::Maximize) => -value,
        (None, _) => f64::INFINITY,
    };
    cost(a).partial_cmp(&cost(b)).unwrap_or(Ordering::Equal)
}
