//! Searches for good parameters: studies whose trials are runs.

mod place;
mod report;
mod search;
mod values;

pub(crate) use report::SearchReport;
pub(super) use search::Searching;

use crate::worker::spec::RunSpec;

/// Separates runs whose parameters are to be searched for, by experiment, from those that are ready.
pub(super) fn split_searches(specs: Vec<RunSpec>) -> (Vec<RunSpec>, Vec<Vec<RunSpec>>) {
    let (mut ready, mut searched): (Vec<RunSpec>, Vec<Vec<RunSpec>>) = (Vec::new(), Vec::new());
    for spec in specs {
        if spec.experiment.search.is_none() {
            ready.push(spec);
            continue;
        }
        let group = &spec.experiment.group;
        match searched
            .iter_mut()
            .find(|runs| runs.first().is_some_and(|run| run.experiment.group == *group))
        {
            Some(runs) => runs.push(spec),
            None => searched.push(vec![spec]),
        }
    }
    (ready, searched)
}
