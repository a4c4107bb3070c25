//! What is to be estimated.

use crate::worker::spec::{RunSpec, Trial};

/// Runs that take the same.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// One of them.
    pub(crate) spec: RunSpec,
    /// How many there are.
    pub(crate) count: u64,
}

impl Wanted {
    /// A run.
    pub(crate) fn run(spec: &RunSpec) -> Self {
        Wanted {
            spec: spec.clone(),
            count: 1,
        }
    }

    /// So many trials of a search for the best values of `base`, with the configured values.
    pub(crate) fn trials(base: &RunSpec, count: u64) -> Self {
        let mut spec = base.clone();
        spec.trial = Some(Trial {
            study: String::new(),
            number: 0,
            judged: false,
            repeated: false,
        });
        Wanted { spec, count }
    }
}

/// What a campaign will have to do when nothing is finished: its runs, and the trials of its searches.
pub(crate) fn planned(specs: &[RunSpec]) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    let mut searched = Vec::new();
    for spec in specs {
        let experiment = &spec.experiment;
        if let Some(search) = &experiment.search
            && !searched.contains(&&experiment.group)
        {
            searched.push(&experiment.group);
            wanted.push(Wanted::trials(spec, search.settings.trials));
        }
        wanted.push(Wanted::run(spec));
    }
    wanted
}
