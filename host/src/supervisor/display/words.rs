//! Progress in words.

use crate::output::{duration, percent};
use crate::supervisor::pool::JobEnd;
use crate::worker::protocol::{EpochScores, Progress, RunSummary};
use std::time::Duration;

/// `loss 0.342, accuracy 91.20 %, 5321 samples/s`.
pub(super) fn progress(p: &Progress) -> String {
    let mut parts = Vec::new();
    if p.phase != "train" {
        parts.push(p.phase.clone());
    }
    parts.extend(p.loss.map(|v| format!("loss {v:.3}")));
    parts.extend(p.accuracy.map(|v| format!("accuracy {}", percent(v))));
    parts.push(format!("{:.0} samples/s", p.samples_per_second));
    parts.join(", ")
}

/// `loss 0.342, train 91.20 %, validation 90.10 %, 2.1 s`.
pub(super) fn epoch(e: &EpochScores) -> String {
    let mut parts = Vec::new();
    parts.extend(e.train_loss.map(|v| format!("loss {v:.3}")));
    parts.extend(e.train_accuracy.map(|v| format!("train {}", percent(v))));
    parts.extend(
        e.validation_accuracy
            .map(|v| format!("validation {}", percent(v))),
    );
    parts.push(duration(Duration::from_secs_f64(e.seconds.max(0.0))));
    parts.join(", ")
}

/// One line about how a job ended.
pub(super) fn end(end: &JobEnd) -> String {
    match end {
        JobEnd::Finished(summary) => format!("finished: {}", scores(summary)),
        JobEnd::Pruned(summary) => format!("pruned after {} epochs: {}", summary.epochs, scores(summary)),
        JobEnd::Stopped(Some(summary)) => format!("stopped on request after {} epochs", summary.epochs),
        JobEnd::Stopped(None) => "stopped on request".to_owned(),
        JobEnd::Failed(failure) => format!("FAILED: {}", failure.message),
        JobEnd::NotStarted => "not started".to_owned(),
    }
}

fn scores(s: &RunSummary) -> String {
    let mut parts = Vec::new();
    parts.extend(
        s.validation_accuracy
            .map(|v| format!("validation {}", percent(v))),
    );
    parts.extend(s.test_accuracy.map(|v| format!("test {}", percent(v))));
    parts.push(duration(Duration::from_secs_f64(s.seconds.max(0.0))));
    parts.join(", ")
}
