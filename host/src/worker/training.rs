//! The training loop.

use super::checkpoint::{Saved, Schedule};
use super::course::{Course, Next, in_rule, scores_of};
use super::evaluation::evaluate;
use super::phases::{Phase, Phases};
use super::protocol::{Start, WorkerEvent};
use super::recording::Recorder;
use super::reporter::Reporter;
use super::requests::Requests;
use super::setup::Prepared;
use super::spec::Trial;
use super::watch::Watch;
use crate::process::attentive;
use crate::profile::span;
use neurotrain_campaign::{Protocol, Runtime};
use neurotrain_loader::{Batch, Epoch, Split};
use neurotrain_plugin_api::{Error, Result};

/// The error that ends a run on request.
pub(super) const CANCELLED: &str = "cancelled";

/// A run in training. What is reached goes to `recorder` as it is reached, and into checkpoints.
pub(super) struct Training<'a> {
    pub(super) run: &'a mut Prepared,
    pub(super) runtime: &'a Runtime,
    pub(super) trial: Option<&'a Trial>,
    pub(super) recorder: &'a mut Recorder,
    pub(super) reporter: &'a Reporter,
    pub(super) requests: &'a Requests,
}

/// Trains all epochs, or those that are left after `saved`, and tests once.
pub(super) fn train(training: Training<'_>, saved: Option<Saved>) -> Result<End> {
    let Training {
        run,
        runtime,
        trial,
        recorder,
        reporter,
        requests,
    } = training;
    reporter.event(&WorkerEvent::Started(Start {
        parameters: recorder.parameter_count(),
        epochs: runtime.epochs,
        batches: run.loader.batches(Split::Train) as u64,
        samples: run.loader.samples(Split::Train) as u64,
        resumed: saved.as_ref().map(|saved| saved.reached.place()),
    }));
    in_rule(run, |rule| rule.begin_training())?;
    let mut watch = Watch::start(&run.network)?;
    let mut within = None;
    if let Some(saved) = &saved {
        tracing::info!("goes on from a checkpoint: {}", saved.reached.place());
        recorder.resume(&saved.reached)?;
        watch = saved.reached.watch.clone();
        within = saved.reached.within.clone();
    }
    if runtime.early_stopping > 0 && run.loader.samples(Split::Validation) == 0 {
        return Err(no_validation());
    }
    let epochs = &recorder.recorded().0.epochs;
    let first = epochs.len() as u64;
    // Whoever decides may not have heard of the latest epoch.
    if let (Some(latest), Some(metrics)) = (first.checked_sub(1), epochs.last()) {
        reporter.event(&WorkerEvent::Epoch(scores_of(latest, metrics)));
    }
    let mut course = Course {
        run,
        runtime,
        judged: trial.is_some_and(|trial| trial.judged) && reporter.is_heard(),
        recorder,
        reporter,
        requests,
        watch,
        schedule: Schedule::new(runtime.checkpoint_minutes),
        saved,
        best: None,
    };
    if within.is_none() {
        course.restore()?;
    }
    let mut next = course.decide()?;
    for epoch in first..runtime.epochs {
        if next != Next::Epoch {
            break;
        }
        let metrics = course.epoch(epoch, within.take())?;
        next = course.finished(epoch, metrics)?;
    }
    // A run that was interrupted after its last decision may have nothing left to train.
    course.restore()?;
    if next == Next::Pruned {
        return Ok(End::Pruned);
    }
    course.keep_best()?;
    in_rule(course.run, |rule| rule.end_training())?;
    #[cfg(feature = "next-minor")]
    match course.run.trainer.remarks()?.as_str() {
        "" => tracing::warn!("the rule was built for an older minor version of the boundary"),
        remarks => tracing::warn!("{remarks}"),
    }
    // A trial is selected by what validation says: it has no business with the test data.
    if runtime.protocol == Protocol::Honest && trial.is_none() {
        let last = runtime.epochs.saturating_sub(1);
        let test = evaluate(course.run, Split::Test, last, reporter, requests)?;
        course.recorder.test(test)?;
    }
    Ok(End::Complete)
}

/// How training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Everything that was asked for is done.
    Complete,
    /// A search has no more use for the run.
    Pruned,
}

fn no_validation() -> Error {
    Error::new(
        "bad-config",
        "early stopping needs a validation split, and this run has none",
    )
    .with_hint("set `runtime.validation` above 0, or `runtime.early_stopping` to 0")
}

/// An error when the run is asked to stop.
pub(super) fn check_stop(requests: &Requests) -> Result<()> {
    if requests.stop() {
        Err(Error::new(CANCELLED, "stopped on request"))
    } else {
        Ok(())
    }
}

/// The next batch, and how long it was waited for.
pub(super) fn next_batch(phases: &Phases, batches: &mut Epoch) -> Option<Result<Batch>> {
    let _span = span::data();
    // A batch that is not ready is made by the pool.
    phases.time(Phase::Data, || attentive(|| batches.next()))
}
