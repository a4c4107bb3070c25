//! Softmax of rows, and its logarithm.

use crate::Real;
use multiversion::multiversion;

/// Rows that are worked on together, a vector's element each: single ones are short.
const ROWS: usize = 8;

/// Softmax of every row of `values [.., classes]` in place.
///
/// # Panics
/// When `classes` is 0.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn softmax<R: Real>(values: &mut [R], classes: usize) {
    let mut powers = vec![[R::ZERO; ROWS]; classes];
    for rows in values.chunks_mut(ROWS * classes) {
        turn(rows, &mut powers);
        powers_of(&mut powers);
        let sums = sums_of(&powers);
        for power in &mut powers {
            for (p, sum) in power.iter_mut().zip(&sums) {
                *p /= *sum;
            }
        }
        for (k, row) in rows.chunks_exact_mut(classes).enumerate() {
            for (v, power) in row.iter_mut().zip(&powers) {
                *v = power[k];
            }
        }
    }
}

/// Logarithm of the sum of exponentials of every row of `values [rows, classes]`, into `out [rows]`.
///
/// # Panics
/// When `classes` is 0.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn log_sum_exp<R: Real>(values: &[R], classes: usize, out: &mut [R]) {
    let mut powers = vec![[R::ZERO; ROWS]; classes];
    for (rows, out) in values.chunks(ROWS * classes).zip(out.chunks_mut(ROWS)) {
        turn(rows, &mut powers);
        let tops = powers_of(&mut powers);
        let sums = sums_of(&powers);
        for ((out, top), sum) in out.iter_mut().zip(tops).zip(sums) {
            *out = top + sum.ln();
        }
    }
}

/// At most [`ROWS`] rows, of which `turned` gets the columns, padded with zeros.
#[inline(always)]
fn turn<R: Real>(rows: &[R], turned: &mut [[R; ROWS]]) {
    let classes = turned.len();
    if rows.len() < ROWS * classes {
        turned.fill([R::ZERO; ROWS]);
    }
    for (k, row) in rows.chunks_exact(classes).enumerate() {
        for (column, v) in turned.iter_mut().zip(row) {
            column[k] = *v;
        }
    }
}

/// Takes the exponentials of what is left without the largest of each row, and returns that.
#[inline(always)]
fn powers_of<R: Real>(scores: &mut [[R; ROWS]]) -> [R; ROWS] {
    let mut tops = [R::NEG_INFINITY; ROWS];
    for score in &*scores {
        for (top, s) in tops.iter_mut().zip(score) {
            *top = top.max(*s);
        }
    }
    for score in &mut *scores {
        for (s, top) in score.iter_mut().zip(&tops) {
            *s = (*s - *top).exp_of_negative();
        }
    }
    tops
}

#[inline(always)]
fn sums_of<R: Real>(powers: &[[R; ROWS]]) -> [R; ROWS] {
    let mut sums = [R::ZERO; ROWS];
    for power in powers {
        for (sum, p) in sums.iter_mut().zip(power) {
            *sum += *p;
        }
    }
    sums
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
