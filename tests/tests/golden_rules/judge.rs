//! Whether a replay agrees with the recording, by the rules of the golden traces' own description.

use crate::case::Case;

/// Relative error allowed before and after an Adam step.
const PLAIN: f64 = 1e-4;
const AFTER_ADAM: f64 = 1e-3;
/// A call whose tolerance is above this proves nothing.
const WEAK: f64 = 1e-2;

/// One comparison.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) what: String,
    pub(crate) error: f64,
    pub(crate) tolerance: f64,
    pub(crate) weak: bool,
}

impl Finding {
    /// Error as a share of what is allowed.
    pub(crate) fn share(&self) -> f64 {
        self.error / self.tolerance
    }

    pub(crate) fn failed(&self) -> bool {
        !self.weak && (self.error > self.tolerance || self.error.is_nan())
    }
}

/// `|ours - reference| / |reference|`; infinite where the lengths differ.
pub(crate) fn relative(ours: &[f64], reference: &[f64]) -> f64 {
    if ours.len() != reference.len() {
        return f64::INFINITY;
    }
    let difference: Vec<f64> = ours.iter().zip(reference).map(|(a, b)| a - b).collect();
    let (d, r) = (norm(&difference), norm(reference));
    if d == 0.0 { 0.0 } else { d / r }
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// A parameter's change since the start, after `call` calls.
pub(crate) fn change(case: &Case, call: usize, param: &str, ours: &[f64]) -> Finding {
    let init = case.need(&format!("init/{param}")).values;
    let reference = case.need(&format!("after{call}/{param}")).values;
    let delta = |values: &[f64]| -> Vec<f64> { values.iter().zip(&init).map(|(v, i)| v - i).collect() };
    let (ours_delta, reference_delta) = (delta(ours), delta(&reference));
    let what = format!("after{call}/{param}");
    let frozen = case.meta["unchanged_params"]
        .as_array()
        .is_some_and(|list| list.iter().any(|p| p == param));
    if frozen {
        return Finding {
            what,
            error: norm(&ours_delta),
            tolerance: 0.0,
            weak: false,
        };
    }
    let noise = case.meta["f32_vs_f64"]["max_abs_diff"][call.to_string()][param]
        .as_f64()
        .unwrap_or(0.0);
    let floor = 10.0 * noise * (init.len() as f64).sqrt() / norm(&reference_delta);
    let tolerance = floor.max(if case.adam() { AFTER_ADAM } else { PLAIN });
    let weak = tolerance > WEAK || margin(case, call) < 4.0 * ulp(case);
    Finding {
        what,
        error: relative(&ours_delta, &reference_delta),
        tolerance,
        weak,
    }
}

/// Values that no optimiser has touched.
pub(crate) fn plain(what: &str, ours: &[f64], reference: &[f64]) -> Finding {
    Finding {
        what: what.to_owned(),
        error: relative(ours, reference),
        tolerance: PLAIN,
        weak: false,
    }
}

/// Whole numbers, which agree or do not.
pub(crate) fn exact(what: &str, ours: &[f64], reference: &[f64], weak: bool) -> Finding {
    let differing = ours.iter().zip(reference).filter(|(a, b)| a != b).count();
    let error = if ours.len() == reference.len() {
        differing as f64
    } else {
        f64::INFINITY
    };
    Finding {
        what: what.to_owned(),
        error,
        tolerance: 0.0,
        weak,
    }
}

/// What a layer hands on: spikes, which agree or do not, or numbers where they were scaled or averaged.
pub(crate) fn output(what: &str, ours: &[f64], reference: &[f64]) -> Finding {
    if reference.iter().all(|v| v.fract() == 0.0) {
        exact(what, ours, reference, false)
    } else {
        plain(what, ours, reference)
    }
}

/// Smallest distance from a threshold that decided about a spike up to `call`.
pub(crate) fn margin(case: &Case, call: usize) -> f64 {
    case.meta["min_threshold_margin"][call.to_string()]
        .as_f64()
        .unwrap_or(f64::INFINITY)
}

/// Spacing of single-precision numbers at the network's threshold.
pub(crate) fn ulp(case: &Case) -> f64 {
    let theta = case.meta["model_cfg"]["threshold"].as_f64().unwrap_or(1.0) as f32;
    f64::from(theta.next_up() - theta)
}
