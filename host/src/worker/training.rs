//! The training loop.

use super::evaluation::evaluate;
use super::phases::{Phase, Phases};
use super::protocol::{EpochScores, Start, WorkerEvent};
use super::recording::Recorder;
use super::reporter::Reporter;
use super::setup::Prepared;
use super::tally::{ScalarMeans, Tally};
use super::watch::Watch;
use crate::profile::span;
use crate::runtime::{Trained, Trainer};
use neurotrain_archive::{EpochMetrics, Scores};
use neurotrain_campaign::{Protocol, Runtime};
use neurotrain_loader::{Batch, Epoch, Split};
use neurotrain_plugin_api::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The error that ends a run on request.
pub(super) const CANCELLED: &str = "cancelled";

/// Trains all epochs and tests once. What is reached goes to `recorder` as it is reached.
pub(super) fn train(
    run: &mut Prepared,
    runtime: &Runtime,
    recorder: &mut Recorder,
    reporter: &Reporter,
    stop: &AtomicBool,
) -> Result<()> {
    let batches = run.loader.batches(Split::Train) as u64;
    reporter.event(&WorkerEvent::Started(Start {
        parameters: recorder.parameter_count(),
        epochs: runtime.epochs,
        batches,
        samples: run.loader.samples(Split::Train) as u64,
    }));
    in_rule(run, |rule| rule.begin_training())?;
    let mut watch = Watch::start(&run.network)?;
    for epoch in 0..runtime.epochs {
        let mut told = |warnings: Vec<String>| warn(warnings, recorder, reporter);
        let metrics = one_epoch(run, runtime, epoch, reporter, stop, &mut watch, &mut told)?;
        tracing::info!(
            "epoch {}: loss {:.4}, training accuracy {:.4}, validation accuracy {}",
            epoch + 1,
            metrics.train.loss,
            metrics.train.accuracy,
            metrics
                .validation
                .map_or_else(|| "none".to_owned(), |s| format!("{:.4}", s.accuracy))
        );
        reporter.event(&WorkerEvent::Epoch(scores_of(epoch, &metrics)));
        run.phases
            .time(Phase::Archive, || recorder.epoch(epoch, metrics))?;
    }
    in_rule(run, |rule| rule.end_training())?;
    #[cfg(feature = "next-minor")]
    match run.trainer.remarks()?.as_str() {
        "" => tracing::warn!("the rule was built for an older minor version of the boundary"),
        remarks => tracing::warn!("{remarks}"),
    }
    if runtime.protocol == Protocol::Honest {
        let test = evaluate(run, Split::Test, runtime.epochs.saturating_sub(1), reporter, stop)?;
        recorder.test(test)?;
    }
    Ok(())
}

/// Says what is not as it should be: in the log, to the supervisor, and in the archive.
fn warn(warnings: Vec<String>, recorder: &mut Recorder, reporter: &Reporter) -> Result<()> {
    for text in warnings {
        tracing::warn!("{text}");
        reporter.event(&WorkerEvent::Warning { text: text.clone() });
        recorder.warn(&text)?;
    }
    Ok(())
}

/// An error when the run is asked to stop.
pub(super) fn check_stop(stop: &AtomicBool) -> Result<()> {
    if stop.load(Ordering::Relaxed) {
        Err(Error::new(CANCELLED, "stopped on request"))
    } else {
        Ok(())
    }
}

fn one_epoch(
    run: &mut Prepared,
    runtime: &Runtime,
    epoch: u64,
    reporter: &Reporter,
    stop: &AtomicBool,
    watch: &mut Watch,
    told: &mut dyn FnMut(Vec<String>) -> Result<()>,
) -> Result<EpochMetrics> {
    let started = Instant::now();
    run.restart_peaks();
    run.network.clear_activity()?;
    let training = span::stage("training");
    in_rule(run, |rule| rule.begin_epoch(epoch))?;
    let (tally, mut scalars) = learn(run, epoch, reporter, stop, watch, told)?;
    told(watch.after_epoch(&run.network, epoch)?)?;
    let trained = tally.elapsed();
    for (name, value) in in_rule(run, |rule| rule.end_epoch(epoch))? {
        scalars.add(&name, value, 1.0);
    }
    drop(training);
    let peak = run.session.meter().peak_training_bytes();

    // Sparsity is that of the evaluation where there is one, else that of training.
    if run.loader.samples(Split::Validation) > 0 {
        run.network.clear_activity()?;
    }
    let validation = evaluate(run, Split::Validation, epoch, reporter, stop)?;
    let test = match runtime.protocol {
        Protocol::Honest => None,
        Protocol::Neurotrain => evaluate(run, Split::Test, epoch, reporter, stop)?,
    };
    Ok(EpochMetrics {
        train: Scores {
            accuracy: tally.accuracy().unwrap_or(f64::NAN),
            loss: tally.loss().unwrap_or(f64::NAN),
        },
        validation,
        test,
        activation_sparsity: run.network.activation_sparsity()?,
        scalars: scalars.means().into_iter().collect(),
        wall_seconds: started.elapsed().as_secs_f64(),
        samples_per_second: tally.samples() as f64 / trained.as_secs_f64().max(f64::MIN_POSITIVE),
        peak_training_state_bytes: peak,
    })
}

fn learn(
    run: &mut Prepared,
    epoch: u64,
    reporter: &Reporter,
    stop: &AtomicBool,
    watch: &mut Watch,
    told: &mut dyn FnMut(Vec<String>) -> Result<()>,
) -> Result<(Tally, ScalarMeans)> {
    let batches = run.loader.batches(Split::Train) as u64;
    let mut tally = Tally::new();
    let mut scalars = ScalarMeans::default();
    let mut epoch_batches = run
        .phases
        .time(Phase::Data, || run.loader.epoch(Split::Train, epoch))?;
    for _ in 0..batches {
        check_stop(stop)?;
        let _batch = span::batch();
        let Some(batch) = next_batch(&run.phases, &mut epoch_batches) else {
            break;
        };
        let batch = batch?;
        let trained = in_rule(run, |rule| rule.train_batch(batch.bundle())).map_err(|e| match e.code() {
            CANCELLED => e,
            _ => e.context(place(&batch)),
        })?;
        check(&trained, &batch)?;
        told(watch.after_batch(&run.network)?)?;
        tally.add(
            &batch.label_values,
            Some(trained.loss),
            trained.predictions.as_deref(),
        );
        for (name, value) in &trained.scalars {
            scalars.add(name, *value, batch.len() as f64);
        }
        reporter.progress("train", epoch, batch.index + 1, batches, &tally);
    }
    Ok((tally, scalars))
}

/// The next batch, and how long it was waited for.
pub(super) fn next_batch(phases: &Phases, batches: &mut Epoch) -> Option<Result<Batch>> {
    let _span = span::data();
    phases.time(Phase::Data, || batches.next())
}

/// Calls the rule while it learns.
fn in_rule<T>(run: &mut Prepared, call: impl FnOnce(&mut Trainer) -> T) -> T {
    let _span = span::rule();
    run.phases.time(Phase::Training, || call(&mut run.trainer))
}

fn check(trained: &Trained, batch: &Batch) -> Result<()> {
    if !trained.loss.is_finite() {
        return Err(Error::new(
            "non-finite",
            format!("{}: the loss is {}", place(batch), trained.loss),
        )
        .with_hint("training has diverged; a smaller learning rate may help"));
    }
    match &trained.predictions {
        Some(p) if p.len() != batch.len() => Err(Error::new(
            "shape-mismatch",
            format!(
                "{}: {} predictions for {} samples",
                place(batch),
                p.len(),
                batch.len()
            ),
        )
        .with_hint("this is a defect of the learning rule; report it to its authors")),
        _ => Ok(()),
    }
}

fn place(batch: &Batch) -> String {
    format!("epoch {}, batch {}", batch.epoch + 1, batch.index + 1)
}

fn scores_of(epoch: u64, metrics: &EpochMetrics) -> EpochScores {
    let finite = |value: f64| value.is_finite().then_some(value);
    EpochScores {
        epoch,
        train_loss: finite(metrics.train.loss),
        train_accuracy: finite(metrics.train.accuracy),
        validation_loss: metrics.validation.map(|s| s.loss),
        validation_accuracy: metrics.validation.map(|s| s.accuracy),
        seconds: metrics.wall_seconds,
    }
}
