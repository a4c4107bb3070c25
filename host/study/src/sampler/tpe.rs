//! Tree-structured Parzen estimators (crate `tpe`), made anew for every suggestion.

use crate::distribution::Distribution;
use crate::sampler::rank::Ranked;
use neurotrain_plugin_api::{Error, Result};
use rand_chacha::ChaCha20Rng;
use tpe::TpeOptimizerBuilder;

/// Share of the trials that count as good, and the most of them, as in Optuna.
const GOOD: f64 = 0.1;
const MOST_GOOD: f64 = 25.0;

/// The internal number of one parameter.
pub(crate) fn suggest(
    name: &str,
    range: &Distribution,
    known: &[Ranked<'_>],
    candidates: u64,
    rng: &mut ChaCha20Rng,
) -> Result<f64> {
    let (low, high) = range.bounds();
    if range.size() == Some(1) {
        return Ok(range.at(0.0));
    }
    let failed = |what: String| Error::new("study", format!("`{name}`: {what}"));
    let estimator = match range {
        Distribution::Categorical { .. } => tpe::histogram_estimator(),
        _ => tpe::parzen_estimator(),
    };
    // The crate leaves out the end of a range, Optuna does not.
    let end = match range {
        Distribution::Categorical { .. } => high,
        _ => high.next_up(),
    };
    let whole = tpe::range(low, end).map_err(|e| failed(e.to_string()))?;
    let seen: Vec<(f64, f64)> = known
        .iter()
        .filter_map(|(trial, place)| {
            let internal = range.to_internal(trial.params.get(name)?)?;
            let scaled = range.scaled(internal);
            whole.contains(scaled).then_some((scaled, *place))
        })
        .collect();
    let mut optimizer = TpeOptimizerBuilder::new()
        .gamma(GOOD.min(MOST_GOOD / seen.len().max(1) as f64))
        .candidates(candidates as usize)
        .build(estimator, whole)
        .map_err(|e| failed(e.to_string()))?;
    for (scaled, place) in seen {
        optimizer.tell(scaled, place).map_err(|e| failed(e.to_string()))?;
    }
    let place = optimizer.ask(rng).map_err(|e| failed(e.to_string()))?;
    Ok(range.snap(place))
}
