//! What one run takes.

use crate::worker::Rehearsed;
use crate::worker::spec::RunSpec;
use neurotrain_campaign::Protocol;

/// Bytes per second at which weights are reckoned to reach the disk.
const DISK: f64 = 100e6;
/// Copies of the weights that writing them takes.
const COPIES: u64 = 2;
/// Memory of what writes archives, which a rehearsal does not use.
const ARCHIVE_BYTES: u64 = 7 << 20;

/// What runs of a kind take.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cost {
    speed: Speed,
    /// The most memory of one, in bytes.
    pub(super) bytes: Option<u64>,
    /// How it is known.
    pub(super) source: Source,
}

/// How it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Such runs are finished.
    Finished,
    /// One was begun.
    Measured,
    /// It is taken to be that of similar runs.
    Similar,
}

#[derive(Debug, Clone, PartialEq)]
enum Speed {
    /// Seconds of an epoch and all that belongs to it.
    Whole { epoch: f64 },
    Parts {
        rehearsed: Rehearsed,
        /// What starting and ending a process takes.
        process: f64,
    },
}

impl Cost {
    /// That of finished runs.
    pub(super) fn finished(epoch: f64, bytes: Option<u64>) -> Self {
        Cost {
            speed: Speed::Whole { epoch },
            bytes,
            source: Source::Finished,
        }
    }

    /// By what the beginning of a run took, and its process.
    pub(super) fn measured((rehearsed, process): (Rehearsed, f64)) -> Self {
        let archive = ARCHIVE_BYTES + COPIES * rehearsed.parameter_bytes;
        Cost {
            bytes: rehearsed.resident_bytes.map(|bytes| bytes + archive),
            speed: Speed::Parts { rehearsed, process },
            source: Source::Measured,
        }
    }

    pub(super) fn with_source(&self, source: Source) -> Self {
        Cost {
            source,
            ..self.clone()
        }
    }

    /// Whether its batches take less than those of the other rehearsal.
    pub(super) fn is_faster_than(&self, other: &Rehearsed) -> bool {
        matches!(&self.speed, Speed::Parts { rehearsed, .. } if rehearsed.training_seconds < other.training_seconds)
    }

    /// Seconds of the run of `spec`, should it come to its last epoch.
    pub(super) fn seconds(&self, spec: &RunSpec) -> f64 {
        let epochs = spec.experiment.runtime.epochs as f64;
        match &self.speed {
            Speed::Whole { epoch } => epoch * epochs,
            Speed::Parts {
                rehearsed: r,
                process,
            } => {
                let [train, validation, test] = r.batches.map(|count| count as f64);
                let (in_epochs, at_end) = match (spec.experiment.runtime.protocol, &spec.trial) {
                    (Protocol::Neurotrain, _) => (test, 0.0),
                    (Protocol::Honest, None) => (0.0, test),
                    (Protocol::Honest, Some(_)) => (0.0, 0.0),
                };
                let epoch = r.epoch_seconds
                    + train * r.training_seconds
                    + (validation + in_epochs) * r.evaluation_seconds;
                let disk = COPIES as f64 * r.parameter_bytes as f64 / DISK;
                process + r.setup_seconds + epochs * epoch + at_end * r.evaluation_seconds + disk
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::estimate::tests::spec;

    pub(in crate::estimate) fn rehearsed() -> Rehearsed {
        Rehearsed {
            setup_seconds: 3.0,
            epoch_seconds: 0.5,
            training_seconds: 0.1,
            evaluation_seconds: 0.01,
            batches: [100, 10, 20],
            parameter_bytes: 50_000_000,
            resident_bytes: Some(1_000_000_000),
            whole_seconds: 4.0,
        }
    }

    #[test]
    fn a_run_is_the_sum_of_its_parts() {
        let cost = Cost::measured((rehearsed(), 0.25));
        let mut run = spec(4);
        // 0.25 + 3 + 4 × (0.5 + 10 + 0.1) + 0.2 + 1
        assert!(
            (cost.seconds(&run) - 46.85).abs() < 1e-9,
            "{}",
            cost.seconds(&run)
        );
        assert_eq!(cost.bytes, Some(1_100_000_000 + ARCHIVE_BYTES));
        run.experiment.runtime.protocol = Protocol::Neurotrain;
        assert!(
            (cost.seconds(&run) - 47.45).abs() < 1e-9,
            "tested after every epoch"
        );
        let trial = crate::estimate::Wanted::trials(&spec(4), 1).spec;
        assert!((cost.seconds(&trial) - 46.65).abs() < 1e-9, "never tested");
    }

    #[test]
    fn what_finished_scales_with_epochs() {
        let cost = Cost::finished(2.0, None);
        assert!((cost.seconds(&spec(6)) - 12.0).abs() < 1e-9);
    }
}
