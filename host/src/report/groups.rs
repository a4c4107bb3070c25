//! Runs that differ by the seed only.

use super::RunResult;
use crate::worker::protocol::RunSummary;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The runs of one group, in the order of the campaign.
pub(super) struct Group<'a> {
    pub(super) first: &'a RunResult,
    pub(super) finished: Vec<&'a RunSummary>,
    pub(super) total: usize,
}

pub(super) fn groups(runs: &[RunResult]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for run in runs {
        let group = match groups.iter_mut().find(|g| g.first.group == run.group) {
            Some(group) => group,
            None => {
                groups.push(Group {
                    first: run,
                    finished: Vec::new(),
                    total: 0,
                });
                let last = groups.len() - 1;
                &mut groups[last]
            }
        };
        group.total += 1;
        group.finished.extend(run.summary());
    }
    groups
}

/// Mean and sample standard deviation; the latter from two values on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Spread {
    pub(super) count: usize,
    pub(super) mean: f64,
    pub(super) deviation: Option<f64>,
}

impl Spread {
    /// Where the mean lies with a confidence of 95 %, by Student's distribution: with few seeds much wider than two
    /// standard errors.
    pub(super) fn interval(self) -> Option<(f64, f64)> {
        let freedom = self.count.checked_sub(1).filter(|f| *f > 0)? as f64;
        let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
        let half = student.inverse_cdf(0.975) * self.deviation? / (self.count as f64).sqrt();
        Some((self.mean - half, self.mean + half))
    }
}

pub(super) fn spread(values: impl IntoIterator<Item = f64>) -> Option<Spread> {
    let values: Vec<f64> = values.into_iter().collect();
    if values.is_empty() {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    Some(Spread {
        count: values.len(),
        mean,
        deviation: (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_is_mean_and_sample_deviation() {
        assert_eq!(spread([]), None);
        assert_eq!(
            spread([2.0]),
            Some(Spread {
                count: 1,
                mean: 2.0,
                deviation: None
            })
        );
        assert_eq!(
            spread([1.0, 3.0]),
            Some(Spread {
                count: 2,
                mean: 2.0,
                deviation: Some(2.0_f64.sqrt())
            })
        );
    }

    #[test]
    fn the_interval_is_that_of_students_distribution() {
        // Three values with deviation 1: 4.303 / sqrt(3) to both sides.
        let (low, high) = spread([1.0, 2.0, 3.0]).unwrap().interval().unwrap();
        assert!(
            (low - (2.0 - 2.48414)).abs() < 1e-4 && (high - (2.0 + 2.48414)).abs() < 1e-4,
            "{low} {high}"
        );
        assert_eq!(spread([1.0]).unwrap().interval(), None);
    }
}
