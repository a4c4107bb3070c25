//! Softmax of rows, and its logarithm.

use crate::Real;
use multiversion::multiversion;

/// Softmax of every row of `values [.., classes]` in place.
///
/// # Panics
/// When `classes` is 0.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn softmax<R: Real>(values: &mut [R], classes: usize) {
    for row in values.chunks_exact_mut(classes) {
        let top = largest(row);
        row.iter_mut().for_each(|v| *v -= top);
    }
    // All rows at once: they are short.
    values.iter_mut().for_each(|v| *v = v.exp_of_negative());
    for row in values.chunks_exact_mut(classes) {
        let sum = sum(row);
        row.iter_mut().for_each(|v| *v /= sum);
    }
}

/// Logarithm of the sum of exponentials of every row of `values [rows, classes]`, into `out [rows]`.
///
/// # Panics
/// When `classes` is 0.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn log_sum_exp<R: Real>(values: &[R], classes: usize, out: &mut [R]) {
    let mut powers = values.to_vec();
    for (row, top) in powers.chunks_exact_mut(classes).zip(out.iter_mut()) {
        *top = largest(row);
        row.iter_mut().for_each(|v| *v -= *top);
    }
    powers.iter_mut().for_each(|v| *v = v.exp_of_negative());
    for (row, out) in powers.chunks_exact(classes).zip(out) {
        *out += sum(row).ln();
    }
}

#[inline(always)]
fn largest<R: Real>(row: &[R]) -> R {
    row.iter().fold(R::NEG_INFINITY, |m, v| m.max(*v))
}

#[inline(always)]
fn sum<R: Real>(row: &[R]) -> R {
    row.iter().fold(R::ZERO, |s, v| s + *v)
}

#[cfg(test)]
mod tests {
    use super::{log_sum_exp, softmax};

    #[test]
    fn rows_are_distributions() {
        let scores = [1.0f32, 2.0, 3.0, -50.0, 0.0, 700.0, 5.0, 5.0, 5.0];
        let mut shares = scores;
        softmax(&mut shares, 3);
        let mut sums = [0.0; 3];
        log_sum_exp(&scores, 3, &mut sums);
        for (k, row) in scores.chunks(3).enumerate() {
            let top = f64::from(row.iter().copied().fold(f32::MIN, f32::max));
            let powers: Vec<f64> = row.iter().map(|v| (f64::from(*v) - top).exp()).collect();
            let total: f64 = powers.iter().sum();
            for (found, power) in shares[3 * k..].iter().zip(&powers) {
                assert!((f64::from(*found) - power / total).abs() < 1e-6);
            }
            assert!((f64::from(sums[k]) - (top + total.ln())).abs() < 1e-4);
        }
    }

    #[test]
    fn what_is_no_number_stays_so_in_its_row() {
        let mut values = [1.0f64, f64::NAN, 0.0, 0.0];
        softmax(&mut values, 2);
        assert!(values[0].is_nan() && values[2..] == [0.5, 0.5]);
    }
}
