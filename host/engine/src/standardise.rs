//! Weight standardisation and its adjoint.
//!
//! Per output, with `c = w - mean(w)`, `n` inputs, `ρ = n / (n - 1)` when unbiased (else 1) and
//! `D = sqrt(ρ Σc² + eps)`: `ŵ = gain c / D`. Source of the form: Qiao et al., "Weight standardization",
//! arXiv:1903.10520, scaled by the root of the number of inputs.

use crate::graph::Standardise;
use neurotrain_kernels::Real;

fn ratio(with: Standardise, n: usize) -> f64 {
    if with.unbiased && n > 1 {
        n as f64 / (n - 1) as f64
    } else {
        1.0
    }
}

/// Mean and `D` of one output's weights.
fn moments<R: Real>(with: Standardise, w: &[R]) -> (R, R) {
    let n = R::from_f64(w.len() as f64);
    let mean = w.iter().copied().sum::<R>() / n;
    let squares = w.iter().map(|w| (*w - mean) * (*w - mean)).sum::<R>();
    (
        mean,
        (R::from_f64(ratio(with, w.len())) * squares + R::from_f64(with.eps)).sqrt(),
    )
}

/// The standardised weights of `rows` outputs.
pub(crate) fn forward<R: Real>(with: Standardise, weights: &[R], rows: usize) -> Vec<R> {
    let gain = R::from_f64(with.gain);
    let mut out = Vec::with_capacity(weights.len());
    for w in weights.chunks_exact((weights.len() / rows.max(1)).max(1)) {
        let (mean, d) = moments(with, w);
        out.extend(w.iter().map(|w| gain * (*w - mean) / d));
    }
    out
}

/// From the gradient with respect to the standardised weights to that with respect to the weights, in place:
/// `(gain / D)(G - mean G) - gain ρ c Σ(G c) / D³`.
pub(crate) fn adjoint<R: Real>(with: Standardise, weights: &[R], gradient: &mut [R], rows: usize) {
    let row = (weights.len() / rows.max(1)).max(1);
    let (gain, n) = (R::from_f64(with.gain), R::from_f64(row as f64));
    let rho = R::from_f64(ratio(with, row));
    for (w, g) in weights.chunks_exact(row).zip(gradient.chunks_exact_mut(row)) {
        let (mean, d) = moments(with, w);
        let mean_g = g.iter().copied().sum::<R>() / n;
        let along = g.iter().zip(w).map(|(g, w)| *g * (*w - mean)).sum::<R>();
        let pull = gain * rho * along / (d * d * d);
        for (g, w) in g.iter_mut().zip(w) {
            *g = gain / d * (*g - mean_g) - pull * (*w - mean);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{adjoint, forward};
    use crate::graph::Standardise;

    #[test]
    fn adjoint_equals_finite_differences() {
        for unbiased in [true, false] {
            let with = Standardise {
                gain: 1.8,
                eps: 1e-4,
                unbiased,
            };
            let weights: Vec<f64> = (0..18).map(|i| (f64::from(i) * 0.7).sin() * 0.3).collect();
            let seed: Vec<f64> = (0..18).map(|i| (f64::from(i) * 1.3).cos()).collect();
            let loss = |w: &[f64]| {
                forward(with, w, 2)
                    .iter()
                    .zip(&seed)
                    .map(|(a, b)| a * b)
                    .sum::<f64>()
            };
            let mut gradient = seed.clone();
            adjoint(with, &weights, &mut gradient, 2);
            for i in 0..18 {
                let (mut up, mut down) = (weights.clone(), weights.clone());
                up[i] += 1e-6;
                down[i] -= 1e-6;
                let numeric = (loss(&up) - loss(&down)) / 2e-6;
                assert!(
                    (numeric - gradient[i]).abs() < 1e-6,
                    "{i}: {numeric} against {}",
                    gradient[i]
                );
            }
        }
    }

    #[test]
    fn forward_has_the_gain_as_norm() {
        let with = Standardise {
            gain: 1.8,
            eps: 1e-12,
            unbiased: false,
        };
        let out = forward(with, &[1.0, 2.0, 4.0, -3.0], 1);
        assert!(out.iter().sum::<f64>().abs() < 1e-12);
        assert!((out.iter().map(|v| v * v).sum::<f64>().sqrt() - 1.8).abs() < 1e-9);
    }
}
