//! One pass over a split without learning.

use super::phases::Phase;
use super::reporter::Reporter;
use super::requests::Requests;
use super::setup::Prepared;
use super::tally::Tally;
use super::training::{check_stop, next_batch};
use crate::process::attentive;
use crate::profile::span;
use neurotrain_archive::Scores;
use neurotrain_loader::{Batch, Split};
use neurotrain_plugin_api::{Error, Result, Tensor};
use neurotrain_tensor::HostTensor;
use std::time::Instant;

/// Accuracy and cross-entropy of the run as it stands; `None` where the split has no samples.
///
/// Classes come from the rule's own readout where it has one, else from the network's: the highest score,
/// and of several equal ones the first.
pub(super) fn evaluate(
    run: &mut Prepared,
    split: Split,
    epoch: u64,
    reporter: &Reporter,
    requests: &Requests,
) -> Result<Option<Scores>> {
    let batches = run.loader.batches(split) as u64;
    if batches == 0 {
        return Ok(None);
    }
    let _stage = span::stage(split.name());
    let phase = match split {
        Split::Test => Phase::Test,
        _ => Phase::Validation,
    };
    let mut tally = Tally::new();
    let mut epoch_batches = run.phases.time(Phase::Data, || run.loader.epoch(split, epoch))?;
    for _ in 0..batches {
        check_stop(requests)?;
        let _batch = span::batch();
        let Some(batch) = next_batch(&run.phases, &mut epoch_batches) else {
            break;
        };
        let batch = batch?;
        let judged = Instant::now();
        let (predictions, loss) = score(run, &batch).map_err(|e| {
            e.context(format!(
                "{split} of epoch {}, batch {}",
                epoch + 1,
                batch.index + 1
            ))
        })?;
        tally.add(&batch.label_values, Some(loss), Some(&predictions));
        run.phases.add(phase, judged.elapsed());
        reporter.progress(split.name(), epoch, batch.index + 1, batches, &tally);
    }
    let nothing = || Error::new("host-fault", format!("the {split} split gave no batch"));
    Ok(Some(Scores {
        accuracy: tally.accuracy().ok_or_else(nothing)?,
        loss: tally.loss().ok_or_else(nothing)?,
    }))
}

/// The predicted classes and the mean cross-entropy of a batch.
pub(super) fn score(run: &mut Prepared, batch: &Batch) -> Result<(Vec<i64>, f64)> {
    let answer = {
        let _rule = span::rule();
        run.trainer.predict(batch.bundle())?
    };
    let scores = match answer {
        Some(scores) => scores,
        None => attentive(|| run.network.scores(&batch.input))?,
    };
    judge(&scores, &batch.label_values, batch.classes)
}

/// The predicted classes and the mean cross-entropy of scores `[B, C]`.
fn judge(scores: &HostTensor, labels: &[i64], classes: usize) -> Result<(Vec<i64>, f64)> {
    let dims = scores.dims();
    if dims[..] != [labels.len(), classes] {
        return Err(Error::new(
            "shape-mismatch",
            format!(
                "the scores have shape {dims:?}, but there are {} samples and {classes} classes",
                labels.len()
            ),
        ));
    }
    let values = Tensor::from_raw(scores.clone().into_raw()).to_vec()?;
    if let Some(bad) = values.iter().find(|v| !v.is_finite()) {
        return Err(Error::new("non-finite", format!("a class score is {bad}"))
            .with_hint("training has diverged; a smaller learning rate may help"));
    }
    let rows = values.chunks_exact(classes);
    let loss: f64 = rows
        .clone()
        .zip(labels)
        .map(|(row, label)| cross_entropy(row, *label as usize))
        .sum();
    Ok((
        rows.map(|row| first_maximum(row) as i64).collect(),
        loss / labels.len().max(1) as f64,
    ))
}

fn first_maximum(row: &[f64]) -> usize {
    let mut best = 0;
    for (i, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = i;
        }
    }
    best
}

fn cross_entropy(row: &[f64], label: usize) -> f64 {
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = row.iter().map(|v| (v - top).exp()).sum();
    top + sum.ln() - row[label]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_scores_the_first_wins() {
        assert_eq!(first_maximum(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(first_maximum(&[0.0, 0.0]), 0);
        assert_eq!(first_maximum(&[-2.0, -1.0]), 1);
    }

    #[test]
    fn cross_entropy_of_equal_scores_is_the_logarithm_of_their_number() {
        assert!((cross_entropy(&[7.0; 4], 2) - 4.0_f64.ln()).abs() < 1e-12);
        assert!(cross_entropy(&[1000.0, 0.0], 0) < 1e-12);
        assert!((cross_entropy(&[1000.0, 0.0], 1) - 1000.0).abs() < 1e-9);
    }
}
