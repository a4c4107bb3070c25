//! Which events belong to which frame, by tonic's rules.

use neurotrain_plugin_api::Slicing;
use std::ops::Range;

/// The events of each of `steps` frames, as ranges of the times `t` (ascending). Frames that a recording is too short
/// for are empty.
pub(super) fn slices(t: &[i64], slicing: Slicing, steps: usize) -> Vec<Range<usize>> {
    let (Some(first), Some(last)) = (t.first().copied(), t.last().copied()) else {
        return vec![0..0; steps];
    };
    let at = |time: i64| t.partition_point(|t| *t < time);
    let fitted: Vec<Range<usize>> = match slicing {
        // The width is rounded down, so that at least the last event lies beyond the last bin.
        Slicing::TimeBins => {
            let width = (last - first) / steps as i64;
            let edge = |k: usize| at(first + k as i64 * width);
            (0..steps).map(|k| edge(k)..edge(k + 1)).collect()
        }
        Slicing::EventBins => {
            let n = t.len() / steps;
            (0..steps).map(|k| k * n..(k + 1) * n).collect()
        }
        // Whole windows only, but at least one.
        Slicing::TimeWindow(width) => {
            let whole = (last - first).div_euclid(width).max(1);
            let edge = |k: usize| at(first.saturating_add((k as i64).saturating_mul(width)));
            (0..steps.min(whole as usize))
                .map(|k| edge(k)..edge(k + 1))
                .collect()
        }
        // The same by number; a recording with fewer events is one frame.
        Slicing::EventCount(count) => {
            let n = count.min(t.len());
            let whole = (t.len() - n) / count + 1;
            (0..steps.min(whole)).map(|k| k * count..k * count + n).collect()
        }
    };
    let mut slices = fitted;
    slices.resize(steps, 0..0);
    slices
}
