//! What all runs take together.

use super::Wanted;
use super::cost::Cost;
use serde::Serialize;
use std::time::Duration;

/// What a campaign takes.
#[derive(Debug)]
pub(crate) struct Forecast {
    /// By experiment.
    pub(super) rows: Vec<Row>,
    /// Runs at a time.
    pub(super) jobs: usize,
    /// Seconds until the last run ends.
    pub(super) seconds: f64,
    /// Bytes of as many of the largest runs as there are jobs.
    pub(super) bytes: Option<u64>,
    /// Runs that nothing is known of.
    pub(super) unknown: u64,
}

/// Runs of one experiment.
#[derive(Debug)]
pub(super) struct Row {
    /// The experiment without its seeds.
    pub(super) group: String,
    /// Keys of rule, network and data.
    pub(super) triple: [String; 3],
    pub(super) trials: bool,
    pub(super) count: u64,
    /// Seconds of one and what else it takes, or why that is not known.
    pub(super) one: Result<(f64, Cost), String>,
}

/// An estimate and what came of it.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Taken {
    /// What was estimated.
    pub(crate) estimated_seconds: f64,
    /// What it took.
    pub(crate) taken_seconds: f64,
    /// Runs that were left out of the estimate.
    pub(crate) not_estimated: u64,
}

impl Forecast {
    /// Of `wanted`, each with what one run takes.
    pub(super) fn new(wanted: &[Wanted], costs: Vec<Result<Cost, String>>, jobs: usize) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        for (one, cost) in wanted.iter().zip(costs) {
            let experiment = &one.spec.experiment;
            let trials = one.spec.trial.is_some();
            let row = rows
                .iter_mut()
                .find(|row| row.group == experiment.group && row.trials == trials);
            match row {
                Some(row) => row.count += one.count,
                None => rows.push(Row {
                    group: experiment.group.clone(),
                    triple: [&experiment.trainer, &experiment.model, &experiment.dataset].map(Clone::clone),
                    trials,
                    count: one.count,
                    one: cost.map(|cost| (cost.seconds(&one.spec), cost)),
                }),
            }
        }
        let known = || {
            rows.iter()
                .filter_map(|row| Some((row.count, row.one.as_ref().ok()?)))
        };
        let runs: u64 = rows.iter().map(|row| row.count).sum();
        let jobs = jobs.min(usize::try_from(runs).unwrap_or(jobs)).max(1);
        Forecast {
            jobs,
            seconds: makespan(known().map(|(count, (seconds, _))| (count, *seconds)), jobs),
            bytes: largest(known().map(|(count, (_, cost))| (count, cost.bytes)), jobs),
            unknown: rows
                .iter()
                .filter(|row| row.one.is_err())
                .map(|row| row.count)
                .sum(),
            rows,
        }
    }

    /// Whether anything is known.
    pub(crate) fn is_known(&self) -> bool {
        self.rows.iter().any(|row| row.one.is_ok())
    }

    /// What came of it.
    pub(crate) fn taken(&self, time: Duration) -> Taken {
        Taken {
            estimated_seconds: self.seconds,
            taken_seconds: time.as_secs_f64(),
            not_estimated: self.unknown,
        }
    }
}

/// Seconds until the last run ends when each begins as soon as another one has ended.
fn makespan(runs: impl Iterator<Item = (u64, f64)>, jobs: usize) -> f64 {
    let mut ends = vec![0.0_f64; jobs];
    for (count, seconds) in runs {
        for _ in 0..count {
            if let Some(first) = ends.iter_mut().min_by(|a, b| a.total_cmp(b)) {
                *first += seconds;
            }
        }
    }
    ends.into_iter().fold(0.0, f64::max)
}

/// Bytes of the `jobs` largest runs; none where that of any is unknown.
fn largest(runs: impl Iterator<Item = (u64, Option<u64>)>, jobs: usize) -> Option<u64> {
    let mut sizes: Vec<(u64, u64)> = runs
        .map(|(count, bytes)| Some((bytes?, count)))
        .collect::<Option<_>>()?;
    sizes.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    let mut left = jobs as u64;
    let mut sum = 0;
    for (bytes, count) in sizes {
        let taken = count.min(left);
        sum += taken * bytes;
        left -= taken;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::tests::spec;

    #[test]
    fn jobs_fill_up_one_after_the_other() {
        let time = |runs: &[(u64, f64)], jobs| makespan(runs.iter().copied(), jobs);
        assert_eq!(time(&[(4, 2.0)], 2), 4.0);
        assert_eq!(time(&[(3, 2.0)], 2), 4.0);
        assert_eq!(time(&[(2, 1.0), (1, 10.0)], 2), 11.0);
        assert_eq!(time(&[], 2), 0.0);
    }

    #[test]
    fn memory_is_that_of_the_largest() {
        let size = |runs: &[(u64, Option<u64>)], jobs| largest(runs.iter().copied(), jobs);
        assert_eq!(size(&[(5, Some(10)), (1, Some(100))], 3), Some(120));
        assert_eq!(size(&[(1, Some(10))], 3), Some(10));
        assert_eq!(size(&[(1, Some(10)), (1, None)], 3), None);
    }

    #[test]
    fn seeds_are_one_row_and_what_is_unknown_is_counted() {
        let all = [
            Wanted::run(&spec(2)),
            Wanted::run(&spec(2)),
            Wanted::trials(&spec(2), 7),
        ];
        let cost = Ok(Cost::finished(3.0, Some(5)));
        let forecast = Forecast::new(&all, vec![cost.clone(), cost, Err("no".to_owned())], 2);
        assert_eq!(
            forecast.rows.iter().map(|row| row.count).collect::<Vec<_>>(),
            [2, 7]
        );
        assert_eq!(
            (forecast.seconds, forecast.bytes, forecast.unknown),
            (6.0, Some(10), 7)
        );
    }
}
