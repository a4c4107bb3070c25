//! Every combination of values, in an order shuffled by the seed.

use crate::distribution::Distribution;
use crate::options::bad;
use crate::space::Space;
use crate::stream;
use neurotrain_plugin_api::Result;
use std::collections::BTreeMap;

/// More combinations than anybody runs.
const MOST: usize = 1_000_000;

/// The number of combinations.
pub(crate) fn size(space: &Space, points: usize) -> Result<usize> {
    let mut size = 1_usize;
    for (_, range) in space.iter() {
        size = size.saturating_mul(count(range, points));
        if size > MOST {
            return Err(
                bad(format!("the grid has more than {MOST} combinations")).with_hint(
                    "give parameters a larger `step` or the sampler fewer `points`, or use another sampler",
                ),
            );
        }
    }
    Ok(size)
}

/// The internal numbers of the combination at `index` of the shuffled order; none past the end.
pub(crate) fn point(
    space: &Space,
    points: usize,
    seed: u64,
    index: usize,
) -> Result<Option<BTreeMap<String, f64>>> {
    let mut order: Vec<usize> = (0..size(space, points)?).collect();
    let mut rng = stream::of_study(seed);
    for end in (1..order.len()).rev() {
        order.swap(end, (stream::unit(&mut rng) * (end + 1) as f64) as usize);
    }
    let Some(mut rest) = order.get(index).copied() else {
        return Ok(None);
    };
    let mut drawn = BTreeMap::new();
    for (name, range) in space.iter() {
        let count = count(range, points);
        drawn.insert(name.to_owned(), value(range, rest % count, count));
        rest /= count;
    }
    Ok(Some(drawn))
}

/// Steps that were asked for and choices are all taken; finer ranges are thinned to `points` values.
fn count(range: &Distribution, points: usize) -> usize {
    let is_fine = match range {
        Distribution::Float { step, .. } => step.is_none(),
        Distribution::Int { step, .. } => *step == 1,
        Distribution::Categorical { .. } => false,
    };
    match range.size() {
        Some(size) if !is_fine => size,
        Some(size) => size.min(points),
        None => points,
    }
}

/// The values lie evenly on the parameter's scale, its ends included.
fn value(range: &Distribution, index: usize, count: usize) -> f64 {
    if count == range.size().unwrap_or(0) {
        return range.nth(index);
    }
    range.at(index as f64 / (count - 1) as f64)
}
