//! How long a campaign will still take.

use super::state::{Phase, RunState};
use std::collections::HashMap;

/// Seconds until the end when as many runs go on at a time as now; none where nothing is known or nobody is at work.
pub(super) fn seconds_left(runs: &[RunState]) -> Option<f64> {
    let mut costs: HashMap<&str, Vec<f64>> = HashMap::new();
    for run in runs {
        if let Some(cost) = epoch_cost(run) {
            costs.entry(&run.group).or_default().push(cost);
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let all: Vec<f64> = costs.values().flatten().copied().collect();
    let at_work = runs.iter().filter(|run| is_running(run)).count();
    if all.is_empty() || at_work == 0 {
        return None;
    }
    let of = |run: &RunState| {
        costs
            .get(run.group.as_str())
            .map_or_else(|| mean(&all), |group| mean(group))
    };
    let left = |run: &RunState| match run.phase {
        Phase::Finished | Phase::Failed { .. } => 0.0,
        _ => of(run) * run.epochs.saturating_sub(run.epoch) as f64,
    };
    let sum: f64 = runs.iter().map(left).sum();
    // However many are at work, a run is done by one of them.
    let longest = runs
        .iter()
        .filter(|run| is_running(run))
        .map(left)
        .fold(0.0, f64::max);
    Some((sum / at_work as f64).max(longest))
}

fn is_running(run: &RunState) -> bool {
    matches!(run.phase, Phase::Running { .. })
}

/// Seconds of an epoch, with the share of everything else in the time of the run.
fn epoch_cost(run: &RunState) -> Option<f64> {
    let seconds = run.seconds.filter(|_| run.epoch > 0)?;
    Some(seconds / run.epoch as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(group: &str, phase: Phase, epoch: u64, seconds: Option<f64>) -> RunState {
        RunState {
            name: String::new(),
            group: group.to_owned(),
            id: String::new(),
            phase,
            epoch,
            epochs: 10,
            attempts: 1,
            folder: None,
            seconds,
        }
    }

    #[test]
    fn time_left_is_shared_by_those_at_work() {
        let running = || Phase::Running {
            holder: String::new(),
        };
        let mut runs = vec![
            run("a", Phase::Finished, 10, Some(100.0)),
            run("a", running(), 5, Some(50.0)),
            run("b", running(), 0, None),
            run("a", Phase::Waiting, 0, None),
        ];
        // 50 s of the second, 100 s of each of the others; two at a time.
        assert_eq!(seconds_left(&runs), Some(125.0));
        runs.pop();
        assert_eq!(seconds_left(&runs), Some(100.0));
        assert_eq!(seconds_left(&runs[..1]), None, "nobody is at work");
        assert_eq!(
            seconds_left(&[run("a", running(), 0, None)]),
            None,
            "nothing is known"
        );
    }
}
