//! Comparison of tensors with the reference, and the verdict on a case.

use super::case::{Array, Case, RECORDED_CALLS};
use serde::{Deserialize, Serialize};

/// Above this tolerance a call is too noisy to judge.
const WEAK_TOLERANCE: f64 = 1e-2;

/// The worst deviation of one tensor after some calls.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Row {
    /// Name of the tensor.
    pub(super) tensor: String,
    /// Calls made, 0 for the forward pass.
    pub(super) calls: usize,
    /// Relative error.
    pub(super) error: f64,
    /// What is allowed.
    pub(super) tolerance: f64,
    /// Whether the row is shown but not judged.
    pub(super) weak: bool,
}

impl Row {
    /// Whether the row speaks against the case. A NaN does.
    pub(super) fn fails(&self) -> bool {
        !self.weak && (self.error.is_nan() || self.error > self.tolerance)
    }
}

/// Relative error of the change of a parameter since its start.
pub(super) fn change(
    case: &Case,
    calls: usize,
    param: &str,
    now: &[f64],
    init: &Array,
    reference: &Array,
) -> Row {
    let mut difference = 0.0;
    let mut size = 0.0;
    let mut moved = 0.0;
    for ((now, init), reference) in now.iter().zip(&init.values).zip(&reference.values) {
        let (ours, theirs) = (now - init, reference - init);
        difference += (ours - theirs) * (ours - theirs);
        size += theirs * theirs;
        moved += ours * ours;
    }
    let (difference, size, moved): (f64, f64, f64) = (difference.sqrt(), size.sqrt(), moved.sqrt());
    let tensor = param.to_owned();
    if size == 0.0 || case.info.unchanged_params.iter().flatten().any(|p| p == param) {
        return Row {
            tensor,
            calls,
            error: finite(moved),
            tolerance: 0.0,
            weak: false,
        };
    }
    let adam = case
        .info
        .optimizer
        .as_ref()
        .and_then(|o| o.class.as_deref())
        .is_some_and(|c| c.starts_with("Adam"));
    let base = if adam { 1e-3 } else { 1e-4 };
    let noise = 10.0 * case.noise(calls, param) * (now.len() as f64).sqrt() / size;
    let tolerance = noise.max(base);
    let weak = calls > 1 && (tolerance > WEAK_TOLERANCE || case.spikes_may_flip(calls));
    Row {
        tensor,
        calls,
        error: finite(difference / size),
        tolerance,
        weak,
    }
}

/// Relative error of values that are compared as they are.
pub(super) fn values(
    name: &str,
    calls: usize,
    ours: &[f64],
    theirs: &[f64],
    tolerance: f64,
    weak: bool,
) -> Row {
    let mut difference = 0.0;
    let mut size = 0.0;
    for (a, b) in ours.iter().zip(theirs) {
        difference += (a - b) * (a - b);
        size += b * b;
    }
    let size = if size > 0.0 { f64::sqrt(size) } else { 1.0 };
    let error = if ours.len() == theirs.len() {
        f64::sqrt(difference) / size
    } else {
        f64::INFINITY
    };
    Row {
        tensor: name.to_owned(),
        calls,
        error: finite(error),
        tolerance,
        weak,
    }
}

/// Share of elements that differ; none may.
pub(super) fn identical(name: &str, calls: usize, ours: &[f64], theirs: &[f64], weak: bool) -> Row {
    let differing = ours.iter().zip(theirs).filter(|(a, b)| a != b).count();
    let error = if ours.len() == theirs.len() {
        differing as f64 / theirs.len().max(1) as f64
    } else {
        f64::INFINITY
    };
    Row {
        tensor: name.to_owned(),
        calls,
        error: finite(error),
        tolerance: 0.0,
        weak,
    }
}

/// What a call returns says no more than the parameters do that it was computed with: where those of a recorded call
/// are too noisy to judge, so are the losses and predictions of the calls that lead to it.
pub(super) fn weaken_results(rows: &mut [Row]) {
    let mut before = 1;
    for call in RECORDED_CALLS {
        if rows.iter().any(|r| r.calls == call && r.weak) {
            let results = rows
                .iter_mut()
                .filter(|r| r.tensor == "loss" || r.tensor == "pred");
            results
                .filter(|r| r.calls > before && r.calls <= call)
                .for_each(|r| r.weak = true);
        }
        before = call;
    }
}

/// JSON, in which a child reports, has neither NaN nor infinity.
fn finite(error: f64) -> f64 {
    if error.is_finite() { error } else { f64::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(error: f64, weak: bool) -> Row {
        Row {
            tensor: String::new(),
            calls: 1,
            error,
            tolerance: 1e-3,
            weak,
        }
    }

    #[test]
    fn a_nan_fails_and_a_weak_row_does_not() {
        assert!(row(f64::NAN, false).fails());
        assert!(row(2e-3, false).fails());
        assert!(!row(1e-4, false).fails());
        assert!(!row(1.0, true).fails());
    }

    #[test]
    fn results_are_judged_up_to_the_call_whose_parameters_are_noisy() {
        let named = |tensor: &str, calls, weak| Row {
            tensor: tensor.into(),
            calls,
            ..row(1.0, weak)
        };
        let mut rows: Vec<Row> = [1, 3, 4, 10].map(|call| named("loss", call, false)).into();
        rows.extend([named("fc.weight", 3, false), named("fc.weight", 10, true)]);
        weaken_results(&mut rows);
        let failing: Vec<bool> = rows.iter().map(Row::fails).collect();
        assert_eq!(failing, [true, true, false, false, true, false]);
    }

    #[test]
    fn one_differing_element_is_seen() {
        let theirs = vec![0.0; 100];
        let mut ours = theirs.clone();
        assert!(!identical("spikes", 0, &ours, &theirs, false).fails());
        ours[42] = 1.0;
        assert!(identical("spikes", 0, &ours, &theirs, false).fails());
        assert!(identical("spikes", 0, &ours[..99], &theirs, false).fails());
    }
}
