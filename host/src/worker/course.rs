//! The course of a run from epoch to epoch.

use super::checkpoint::{self, Reached, Saved, Schedule, Snapshot, Within};
use super::evaluation::evaluate;
use super::phases::Phase;
use super::protocol::{EpochScores, WorkerEvent};
use super::recording::Recorder;
use super::reporter::Reporter;
use super::requests::{Requests, Verdict};
use super::setup::Prepared;
use super::tally::{ScalarMeans, Tally};
use super::training::{CANCELLED, check_stop, next_batch};
use super::watch::Watch;
use crate::profile::span;
use crate::runtime::{Trained, Trainer};
use neurotrain_archive::{EpochMetrics, Scores};
use neurotrain_campaign::{Protocol, Runtime};
use neurotrain_loader::{Batch, Split};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::SynapticOps;
use std::time::{Duration, Instant};

/// What goes from epoch to epoch.
pub(super) struct Course<'a> {
    pub(super) run: &'a mut Prepared,
    pub(super) runtime: &'a Runtime,
    /// Whether the supervisor decides after every epoch if the run goes on.
    pub(super) judged: bool,
    pub(super) recorder: &'a mut Recorder,
    pub(super) reporter: &'a Reporter,
    pub(super) requests: &'a Requests,
    pub(super) watch: Watch,
    pub(super) schedule: Schedule,
    /// What an earlier attempt left, until it is restored.
    pub(super) saved: Option<Saved>,
    /// Weights and rule after the best epoch, where the run keeps that one.
    pub(super) best: Option<Snapshot>,
}

/// What comes after an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Another epoch, if one is left.
    Epoch,
    /// Nothing: validation does not improve any more.
    Enough,
    /// Nothing: the search the run belongs to has no more use for it.
    Pruned,
}

/// An epoch in training.
struct Progress {
    started: Instant,
    /// Wall time of earlier attempts at this epoch.
    before: Duration,
    batches: u64,
    tally: Tally,
    scalars: ScalarMeans,
    peak_training_bytes: u64,
}

impl Course<'_> {
    /// Puts weights, rule and counters back to where the checkpoint has them.
    pub(super) fn restore(&mut self) -> Result<()> {
        let Some(Saved { reached, now, best }) = self.saved.take() else {
            return Ok(());
        };
        self.put_back(&now)?;
        self.best = best;
        self.run.raise_peak(reached.peak_tensor_bytes);
        self.run.phases.add_spent(&reached.phases);
        let meter = self.run.session.meter();
        meter.reset_counters();
        for (phase, figures) in checkpoint::PHASES.into_iter().zip(reached.operations) {
            meter.count(phase, checkpoint::operations(figures));
        }
        Ok(())
    }

    fn put_back(&mut self, snapshot: &Snapshot) -> Result<()> {
        checkpoint::restore_parameters(&self.run.network, &self.run.session, snapshot)?;
        let rule = snapshot.rule(&self.run.session)?;
        in_rule(self.run, |trainer| trainer.load(rule))
    }

    /// Lets the run end with the weights of its best epoch, where it keeps that one.
    pub(super) fn keep_best(&mut self) -> Result<()> {
        if let Some(best) = self.best.take() {
            self.put_back(&best)?;
            let kept = kept_epoch(&self.recorder.recorded().0.epochs, self.runtime);
            self.recorder.keeps(kept);
            tracing::info!("the weights of epoch {} are kept", kept + 1);
        }
        Ok(())
    }

    pub(super) fn epoch(&mut self, epoch: u64, within: Option<Within>) -> Result<EpochMetrics> {
        let started = Instant::now();
        self.run.restart_peaks();
        self.run.network.clear_activity()?;
        let training = span::stage("training");
        in_rule(self.run, |rule| rule.begin_epoch(epoch))?;
        self.restore()?;
        let trained = within.as_ref().is_some_and(|w| w.trained);
        let mut progress = match within {
            None => Progress {
                started,
                before: Duration::ZERO,
                batches: 0,
                tally: Tally::new(),
                scalars: ScalarMeans::default(),
                peak_training_bytes: 0,
            },
            Some(within) => {
                self.run.network.add_activity(&within.activity())?;
                let [training, all] = within
                    .seconds
                    .map(|s| Duration::try_from_secs_f64(s).unwrap_or_default());
                Progress {
                    started,
                    before: all,
                    batches: within.batches,
                    tally: Tally::continued(within.sums, training),
                    scalars: within.scalars,
                    peak_training_bytes: within.peak_training_bytes,
                }
            }
        };
        if !trained {
            self.learn(epoch, &mut progress)?;
            let warnings = self.watch.after_epoch(&self.run.network, epoch)?;
            self.warn(warnings)?;
        }
        let trained_for = progress.tally.elapsed();
        if !trained {
            for (name, value) in in_rule(self.run, |rule| rule.end_epoch(epoch))? {
                progress.scalars.add(&name, value, 1.0);
            }
        }
        drop(training);
        let peak = self.run.session.meter().peak_training_bytes();
        progress.peak_training_bytes = progress.peak_training_bytes.max(peak);

        let (validation, test) = self.judge(epoch, &progress)?;
        let tally = &progress.tally;
        Ok(EpochMetrics {
            train: Scores {
                accuracy: tally.accuracy().unwrap_or(f64::NAN),
                loss: tally.loss().unwrap_or(f64::NAN),
            },
            validation,
            test,
            activation_sparsity: self.run.network.activation_sparsity()?,
            scalars: progress.scalars.means().into_iter().collect(),
            wall_seconds: (progress.before + started.elapsed()).as_secs_f64(),
            samples_per_second: tally.samples() as f64 / trained_for.as_secs_f64().max(f64::MIN_POSITIVE),
            peak_training_state_bytes: progress.peak_training_bytes,
        })
    }

    /// The batches of an epoch that are left.
    fn learn(&mut self, epoch: u64, progress: &mut Progress) -> Result<()> {
        let batches = self.run.loader.batches(Split::Train) as u64;
        let first = progress.batches as usize;
        let mut epoch_batches = self.run.phases.time(Phase::Data, || {
            self.run.loader.epoch_from(Split::Train, epoch, first)
        })?;
        while progress.batches < batches {
            if self.requests.stop() || self.requests.save() || self.schedule.is_due() {
                let within = self.within(progress, false)?;
                self.checkpoint(Some(within), self.operations())?;
            }
            check_stop(self.requests)?;
            let _batch = span::batch();
            let Some(batch) = next_batch(&self.run.phases, &mut epoch_batches) else {
                break;
            };
            let batch = batch?;
            let trained =
                in_rule(self.run, |rule| rule.train_batch(batch.bundle())).map_err(|e| match e.code() {
                    CANCELLED => e,
                    _ => e.context(place(&batch)),
                })?;
            check(&trained, &batch)?;
            let warnings = self.watch.after_batch(&self.run.network)?;
            self.warn(warnings)?;
            progress.tally.add(
                &batch.label_values,
                Some(trained.loss),
                trained.predictions.as_deref(),
            );
            for (name, value) in &trained.scalars {
                progress.scalars.add(name, *value, batch.len() as f64);
            }
            progress.batches = batch.index + 1;
            self.reporter
                .progress("train", epoch, progress.batches, batches, &progress.tally);
        }
        Ok(())
    }

    /// Scores of the trained epoch. A stop meanwhile keeps what was trained.
    fn judge(&mut self, epoch: u64, progress: &Progress) -> Result<(Option<Scores>, Option<Scores>)> {
        let within = self.within(progress, true)?;
        let operations = self.operations();
        // Sparsity is that of the evaluation where there is one, else that of training.
        if self.run.loader.samples(Split::Validation) > 0 {
            self.run.network.clear_activity()?;
        }
        let scores = self.evaluate_epoch(epoch);
        if scores.as_ref().is_err_and(|e| e.code() == CANCELLED) {
            self.checkpoint(Some(within), operations)?;
        }
        scores
    }

    fn evaluate_epoch(&mut self, epoch: u64) -> Result<(Option<Scores>, Option<Scores>)> {
        let validation = evaluate(self.run, Split::Validation, epoch, self.reporter, self.requests)?;
        let test = match self.runtime.protocol {
            Protocol::Honest => None,
            Protocol::Neurotrain => evaluate(self.run, Split::Test, epoch, self.reporter, self.requests)?,
        };
        Ok((validation, test))
    }

    /// Writes a finished epoch down; what comes next.
    pub(super) fn finished(&mut self, epoch: u64, metrics: EpochMetrics) -> Result<Next> {
        tracing::info!(
            "epoch {}: loss {:.4}, training accuracy {:.4}, validation accuracy {}",
            epoch + 1,
            metrics.train.loss,
            metrics.train.accuracy,
            metrics
                .validation
                .map_or_else(|| "none".to_owned(), |s| format!("{:.4}", s.accuracy))
        );
        let scores = scores_of(epoch, &metrics);
        self.run
            .phases
            .time(Phase::Archive, || self.recorder.epoch(epoch, metrics))?;
        let epochs = &self.recorder.recorded().0.epochs;
        if self.runtime.early_stopping > 0 && kept_epoch(epochs, self.runtime) == epoch {
            let rule = in_rule(self.run, |rule| rule.save())?;
            self.best = Some(Snapshot::take(&self.run.network, &rule)?);
        }
        // After the log, so that what is announced is on the disk.
        self.reporter.event(&WorkerEvent::Epoch(scores));
        if self.schedule.is_worth_it() || self.requests.save() {
            self.checkpoint(None, self.operations())?;
        }
        self.decide()
    }

    /// What the epochs so far, and the supervisor, say about another one.
    pub(super) fn decide(&mut self) -> Result<Next> {
        let epochs = &self.recorder.recorded().0.epochs;
        let Some(latest) = epochs.len().checked_sub(1) else {
            return Ok(Next::Epoch);
        };
        let (latest, patience) = (latest as u64, self.runtime.early_stopping);
        let since_best = latest - kept_epoch(epochs, self.runtime);
        if self.judged && self.verdict()? == Verdict::Prune {
            return Ok(Next::Pruned);
        }
        if patience > 0 && since_best >= patience {
            tracing::info!("validation has not improved for {since_best} epochs: training ends");
            return Ok(Next::Enough);
        }
        Ok(Next::Epoch)
    }

    /// What the supervisor decides. A stop meanwhile keeps the epoch.
    fn verdict(&mut self) -> Result<Verdict> {
        match self.requests.verdict() {
            Some(verdict) => Ok(verdict),
            None => {
                self.checkpoint(None, self.operations())?;
                Err(Error::new(CANCELLED, "stopped on request"))
            }
        }
    }

    /// Says what is not as it should be: in the log, to the supervisor, and in the archive.
    fn warn(&mut self, warnings: Vec<String>) -> Result<()> {
        for text in warnings {
            tracing::warn!("{text}");
            self.reporter.event(&WorkerEvent::Warning { text: text.clone() });
            self.recorder.warn(&text)?;
        }
        Ok(())
    }

    fn operations(&self) -> [SynapticOps; 2] {
        checkpoint::PHASES.map(|phase| self.run.session.meter().synaptic_ops(phase))
    }

    fn within(&self, progress: &Progress, trained: bool) -> Result<Within> {
        let activity = self.run.network.activity()?;
        let peak = self.run.session.meter().peak_training_bytes();
        let all = progress.before + progress.started.elapsed();
        Ok(Within {
            batches: progress.batches,
            trained,
            sums: progress.tally.sums(),
            scalars: progress.scalars.clone(),
            activity: activity.iter().map(|a| (a.spikes, a.neuron_steps)).collect(),
            peak_training_bytes: progress.peak_training_bytes.max(peak),
            seconds: [progress.tally.elapsed(), all].map(|time| time.as_secs_f64()),
        })
    }

    /// Writes a checkpoint. One that cannot be written costs no run: the log says so.
    fn checkpoint(&mut self, within: Option<Within>, operations: [SynapticOps; 2]) -> Result<()> {
        if self.saved.is_some() {
            // Nothing has been done since the checkpoint that is to be restored.
            return Ok(());
        }
        let _span = span::stage("archive");
        let begun = Instant::now();
        let rule = in_rule(self.run, |rule| rule.save())?;
        let (record, whole) = self.recorder.recorded();
        let reached = Reached {
            run_id: record.run_id.clone(),
            epochs: record.epochs.clone(),
            within,
            warnings: record.warnings.clone(),
            test: record.test,
            test_touches: record.test_touches,
            watch: self.watch.clone(),
            operations: operations.map(checkpoint::figures),
            peak_tensor_bytes: self.run.peak_tensor_bytes(),
            seconds: whole.as_secs_f64(),
            phases: self.run.phases.spent(),
        };
        let now = Snapshot::take(&self.run.network, &rule)?;
        let written = checkpoint::write(self.recorder.folder(), &reached, &now, self.best.as_ref());
        self.run.phases.add(Phase::Archive, begun.elapsed());
        self.schedule.written(begun.elapsed());
        match written {
            Ok(()) => tracing::debug!("checkpoint: {}", reached.place()),
            Err(e) => self.warn(vec![format!(
                "no checkpoint could be written, so an interruption now costs what was trained since the latest: {e}"
            )])?,
        }
        Ok(())
    }
}

/// Calls the rule while it learns.
pub(super) fn in_rule<T>(run: &mut Prepared, call: impl FnOnce(&mut Trainer) -> T) -> T {
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

pub(crate) fn scores_of(epoch: u64, metrics: &EpochMetrics) -> EpochScores {
    let finite = |value: f64| value.is_finite().then_some(value);
    EpochScores {
        epoch,
        train_loss: finite(metrics.train.loss),
        train_accuracy: finite(metrics.train.accuracy),
        validation_loss: metrics.validation.map(|s| s.loss),
        validation_accuracy: metrics.validation.map(|s| s.accuracy),
        test_accuracy: metrics.test.map(|s| s.accuracy),
        seconds: metrics.wall_seconds,
    }
}

/// The epoch whose weights a run keeps, from 0: the last, or with early stopping the first of the best.
pub(crate) fn kept_epoch(epochs: &[EpochMetrics], runtime: &Runtime) -> u64 {
    let last = epochs.len().saturating_sub(1);
    if runtime.early_stopping == 0 {
        return last as u64;
    }
    let accuracy = |epoch: &EpochMetrics| epoch.validation.map_or(f64::NEG_INFINITY, |s| s.accuracy);
    let best = epochs.iter().enumerate().reduce(|best, next| {
        if accuracy(next.1) > accuracy(best.1) {
            next
        } else {
            best
        }
    });
    best.map_or(last, |(epoch, _)| epoch) as u64
}
