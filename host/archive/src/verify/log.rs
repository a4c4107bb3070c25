//! Whether the log of a run and its archive say the same.

use super::Flaw;
use crate::record::{EpochMetrics, RunRecord, Scores};
use crate::run_log::{LogContents, LogRecord};

/// Where log and archive contradict each other, and damage of the log itself.
pub(super) fn contradictions(record: &RunRecord, log: &LogContents) -> Vec<Flaw> {
    let mut flaws = damage(log);
    let flaw = |text: String| Flaw::Disagreement(text);
    let (mut epochs, mut test) = (Vec::new(), None);
    for entry in &log.entries {
        match &entry.record {
            LogRecord::Started { run_id, .. } if *run_id != record.run_id => {
                let message = format!("the log is of run {run_id}, the archive of {}", record.run_id);
                flaws.push(flaw(message));
            }
            LogRecord::Epoch { epoch, metrics } => epochs.push((*epoch, metrics)),
            LogRecord::Test { scores } => test = Some(*scores),
            _ => {}
        }
    }
    for (epoch, metrics) in &epochs {
        let archived = usize::try_from(*epoch)
            .ok()
            .and_then(|e| record.epochs.get(e.checked_sub(1)?));
        match archived {
            None => flaws.push(flaw(format!(
                "epoch {epoch} is in the log and not in the archive"
            ))),
            Some(archived) if !same_epoch(archived, metrics) => {
                flaws.push(flaw(format!("the metrics of epoch {epoch} differ from the log")));
            }
            Some(_) => {}
        }
    }
    // A damaged line is told already.
    if flaws.is_empty() && epochs.len() < record.epochs.len() {
        let message = format!(
            "the archive has {} epochs, the log {}",
            record.epochs.len(),
            epochs.len()
        );
        flaws.push(flaw(message));
    }
    if let (Some(logged), Some(archived)) = (test, record.test)
        && !same_scores(logged, archived)
    {
        flaws.push(flaw("the final test differs from the log".to_owned()));
    }
    // A process that was killed right after archiving leaves a log without its last line, and a whole archive.
    flaws
}

/// Lines that are not what was written. One that was being written when the process ended is none.
pub(super) fn damage(log: &LogContents) -> Vec<Flaw> {
    log.damaged
        .iter()
        .map(|d| Flaw::Log(format!("line {} is damaged: {}", d.line, d.reason)))
        .collect()
}

fn same_epoch(a: &EpochMetrics, b: &EpochMetrics) -> bool {
    let optional = |a: Option<Scores>, b: Option<Scores>| match (a, b) {
        (Some(a), Some(b)) => same_scores(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    same_scores(a.train, b.train)
        && optional(a.validation, b.validation)
        && optional(a.test, b.test)
        && a.peak_training_state_bytes == b.peak_training_state_bytes
        && all_same(&a.activation_sparsity, &b.activation_sparsity)
        // A scalar that is not a number is none in the archive.
        && numbers(a).eq(numbers(b))
        && same(a.wall_seconds, b.wall_seconds)
        && same(a.samples_per_second, b.samples_per_second)
}

fn numbers(epoch: &EpochMetrics) -> impl Iterator<Item = (&String, u64)> {
    let known = epoch.scalars.iter().filter(|(_, value)| !value.is_nan());
    known.map(|(name, value)| (name, value.to_bits()))
}

fn same_scores(a: Scores, b: Scores) -> bool {
    same(a.accuracy, b.accuracy) && same(a.loss, b.loss)
}

fn all_same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(*a, *b))
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}
