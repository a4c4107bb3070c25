//! What moving a matrix into another form costs.

use serde::{Deserialize, Serialize};

/// Nanoseconds by the number of elements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Curve {
    /// Numbers of elements, ascending.
    pub(super) elements: Vec<usize>,
    /// Nanoseconds of the whole, ascending.
    pub(super) nanoseconds: Vec<f64>,
}

impl Curve {
    /// Nanoseconds for `[rows, cols]`, linear between and beyond the points.
    pub(super) fn at(&self, rows: usize, cols: usize) -> f64 {
        let size = rows as f64 * cols as f64;
        let after = self
            .elements
            .partition_point(|n| (*n as f64) < size)
            .clamp(1, self.elements.len() - 1);
        let at = |k: usize| (self.elements[k] as f64, self.nanoseconds[k]);
        let ((x0, y0), (x1, y1)) = (at(after - 1), at(after));
        (y0 + (size - x0) / (x1 - x0) * (y1 - y0)).max(0.0)
    }

    /// What makes it unusable, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        let (sizes, times) = (&self.elements, &self.nanoseconds);
        let fits = sizes.len() >= 2 && sizes.len() == times.len() && sizes.is_sorted_by(|a, b| a < b);
        let ascending = times.is_sorted() && times.iter().all(|v| v.is_finite() && *v > 0.0);
        (!fits || !ascending).then(|| "two or more sizes with ascending nanoseconds are needed".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Curve;

    #[test]
    fn linear_between_and_beyond() {
        let curve = Curve {
            elements: vec![100, 1000],
            nanoseconds: vec![50.0, 500.0],
        };
        assert_eq!(curve.fault(), None);
        assert_eq!(curve.at(10, 20), 100.0);
        assert_eq!(curve.at(100, 100), 5000.0);
        assert_eq!(curve.at(0, 5), 0.0);
    }

    #[test]
    fn faults_are_found() {
        for (elements, nanoseconds) in [
            (vec![1], vec![1.0]),
            (vec![1, 2], vec![1.0]),
            (vec![2, 1], vec![1.0, 2.0]),
            (vec![1, 2], vec![2.0, 1.0]),
            (vec![1, 2], vec![f64::NAN, 1.0]),
        ] {
            let curve = Curve {
                elements,
                nanoseconds,
            };
            assert!(curve.fault().is_some(), "{curve:?}");
        }
    }
}
