//! Which runs take the same per batch.

use crate::worker::spec::RunSpec;
use serde_json::json;

/// Everything that decides what a batch takes: equal for runs that differ in seed, epochs or protocol alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Likeness {
    /// Keys of rule, network and data.
    triple: [String; 3],
    /// All the rest.
    settings: String,
}

impl Likeness {
    pub(super) fn of(spec: &RunSpec) -> Self {
        let (experiment, runtime) = (&spec.experiment, &spec.experiment.runtime);
        let settings = json!([
            experiment.trainer_config,
            experiment.model_config,
            experiment.dataset_config,
            [&spec.trainer.sha256, &spec.model.sha256, &spec.dataset.sha256],
            [runtime.batch_size, spec.threads],
            [&runtime.device, &runtime.dtype],
            runtime.validation,
        ]);
        Likeness {
            triple: [&experiment.trainer, &experiment.model, &experiment.dataset].map(Clone::clone),
            settings: settings.to_string(),
        }
    }

    /// Whether the other is the same rule on the same network and data, perhaps otherwise configured.
    pub(super) fn is_similar(&self, other: &Self) -> bool {
        self.triple == other.triple
    }
}
