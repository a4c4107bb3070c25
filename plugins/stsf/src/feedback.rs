//! The sparse random feedback matrices.

use neurotrain_plugin_api::rng::Stream;

/// A matrix `[classes, neurons]` in row-major order with about one non-zero per column.
///
/// Every class gets one neuron of a random permutation, then every neuron without a class gets one at random.
/// Values are uniform in ±√(neurons / classes).
pub(crate) fn sparse_feedback(random: &mut Stream, classes: usize, neurons: usize) -> Vec<f64> {
    let bound = (neurons as f64 / classes as f64).sqrt();
    let mut values = vec![0.0; classes * neurons];
    let mut covered = vec![false; neurons];
    let mut place = |random: &mut Stream, class: usize, neuron: usize| {
        values[class * neurons + neuron] = bound * (2.0 * random.uniform() - 1.0);
        covered[neuron] = true;
    };
    // Long enough for every class, and neurons repeat only after a multiple of their number.
    let slots = neurons * (classes as f64 / neurons as f64 + 1.0).ceil() as usize;
    let order = random.permutation(slots);
    for (class, slot) in order.into_iter().take(classes).enumerate() {
        place(random, class, slot % neurons);
    }
    for neuron in 0..neurons {
        if !covered[neuron] {
            let class = random.below(classes as u64) as usize;
            values[class * neurons + neuron] = bound * (2.0 * random.uniform() - 1.0);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(classes: usize, neurons: usize) -> Vec<f64> {
        sparse_feedback(&mut Stream::new(3, "test", 0), classes, neurons)
    }

    #[test]
    fn no_row_and_no_column_is_empty() {
        for (classes, neurons) in [(10, 256), (5, 16), (10, 10), (20, 7), (3, 1)] {
            let f = matrix(classes, neurons);
            assert!(
                f.chunks(neurons).all(|row| row.iter().any(|v| *v != 0.0)),
                "{classes}x{neurons}"
            );
            assert!(
                (0..neurons).all(|j| (0..classes).any(|c| f[c * neurons + j] != 0.0)),
                "{classes}x{neurons}"
            );
        }
    }

    #[test]
    fn columns_hold_about_one_value_within_the_bound() {
        let (classes, neurons) = (10, 256);
        let f = matrix(classes, neurons);
        let filled = f.iter().filter(|v| **v != 0.0).count();
        assert!((neurons..=neurons + classes).contains(&filled), "{filled} values");
        let bound = (25.6_f64).sqrt();
        assert!(f.iter().all(|v| v.abs() <= bound));
        assert!(f.iter().any(|v| *v > 0.8 * bound) && f.iter().any(|v| *v < -0.8 * bound));
    }
}
