//! The worker process from start to end.

use super::checkpoint::{self, Saved};
use super::protocol::{Failure, Order, WorkerEvent};
use super::recording::Recorder;
use super::reporter::Reporter;
use super::requests::{Requests, Verdict};
use super::setup::prepare;
use super::spec::RunSpec;
use super::training::{CANCELLED, End, Training, check_stop, train};
use crate::cli::Exit;
use crate::output::{LogTarget, start_logging};
use crate::process::{Receiver, end_with_parent, inherited_channel, join_threads, keep_freed_memory};
use crate::profile::{Profile, span};
use neurotrain_archive::Status;
use neurotrain_plugin_api::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Does the run of `folder/spec.json` and leaves its results in `folder`.
pub(crate) fn child(folder: &Path, log_level: &str) -> Result<Exit> {
    keep_freed_memory();
    join_threads(0).map_err(|e| Error::new("io", format!("no threads to compute with: {e}")))?;
    let profile = start(folder, log_level)?;
    let requests = Requests::by_signals()?;
    let reporter = match inherited_channel::<WorkerEvent, Order>()? {
        Some((sender, orders)) => {
            end_with_parent();
            listen(orders, requests.clone())?;
            Reporter::new(Some(sender))
        }
        None => Reporter::new(None),
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| run(folder, &reporter, &requests)));
    let result = outcome.unwrap_or_else(|payload| Err(panicked(payload.as_ref())));
    if let Some(Err(e)) = profile.map(Profile::finish) {
        tracing::warn!("no profile was written: {e}");
    }
    match result {
        Ok(exit) => Ok(exit),
        Err(e) => {
            tracing::error!("{e}");
            reporter.event(&WorkerEvent::Failed(Failure::from(&e)));
            Ok(Exit::Failed)
        }
    }
}

/// Starts logging, and profiling where the run asks for it.
fn start(folder: &Path, log_level: &str) -> Result<Option<Profile>> {
    // What is wrong with the specification is said later, in the log.
    let spec = RunSpec::read(folder)
        .ok()
        .filter(|spec| spec.experiment.runtime.profile);
    let (profile, listeners) = match spec.map(|spec| Profile::new(&spec, folder)).transpose()? {
        Some((profile, listeners)) => (Some(profile), listeners),
        None => (None, Vec::new()),
    };
    start_logging(log_level, LogTarget::Plain, listeners)?;
    Ok(profile)
}

fn run(folder: &Path, reporter: &Reporter, requests: &Requests) -> Result<Exit> {
    let _span = span::stage("run");
    let spec = RunSpec::read(folder)?;
    let mut recorder = Recorder::create(&spec, folder)?;
    let mut prepared = None;
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        check_stop(requests)?;
        tracing::info!(
            "run {} of `{}`, {} threads",
            spec.id,
            spec.experiment.name,
            spec.threads
        );
        let run = prepared.insert(prepare(&spec, requests.stop_flag())?);
        recorder.begin(run)?;
        let saved = latest(&spec);
        let training = Training {
            run,
            runtime: &spec.experiment.runtime,
            trial: spec.trial.as_ref(),
            recorder: &mut recorder,
            reporter,
            requests,
        };
        train(training, saved)
    }));
    let result = attempt.unwrap_or_else(|payload| Err(panicked(payload.as_ref())));
    match result {
        Ok(end) => {
            let status = match end {
                End::Complete => Status::Completed,
                End::Pruned => Status::Pruned,
            };
            let summary = recorder.finish(prepared.as_ref(), status)?;
            tracing::info!("finished after {:.1} s", summary.seconds);
            let earlier = spec.checkpoints.iter().filter_map(|path| path.parent());
            earlier.chain([folder]).for_each(checkpoint::remove);
            reporter.event(&match end {
                End::Complete => WorkerEvent::Finished(summary),
                End::Pruned => WorkerEvent::Pruned(summary),
            });
            Ok(Exit::Done)
        }
        Err(e) if e.code() == CANCELLED => {
            let status = Status::Failed {
                reason: "stopped on request".to_owned(),
            };
            let summary = recorder.finish(prepared.as_ref(), status)?;
            tracing::info!("stopped on request after {} epochs", summary.epochs);
            reporter.event(&WorkerEvent::Stopped(summary));
            Ok(Exit::Interrupted)
        }
        Err(e) => {
            let status = Status::Failed {
                reason: e.to_string(),
            };
            if let Err(also) = recorder.finish(prepared.as_ref(), status) {
                tracing::error!("what was reached could not be archived: {also}");
            }
            Err(e)
        }
    }
}

/// The best checkpoint that can be used.
fn latest(spec: &RunSpec) -> Option<Saved> {
    let usable = |path: &PathBuf| match checkpoint::read(path) {
        Ok(saved) if saved.reached.run_id == spec.id => Some(saved),
        Ok(_) => {
            tracing::warn!("{} is of another run", path.display());
            None
        }
        Err(e) => {
            tracing::warn!("a checkpoint cannot be used: {e}");
            None
        }
    };
    spec.checkpoints.iter().find_map(usable)
}

/// Raises the flag when the supervisor says so, or is no more.
fn listen(orders: Receiver<Order>, requests: Requests) -> Result<()> {
    std::thread::Builder::new()
        .name("orders".to_owned())
        .spawn(move || {
            for order in orders {
                match order {
                    Order::Stop => requests.ask_to_stop(),
                    Order::GoOn => requests.decide(Verdict::GoOn),
                    Order::Prune => requests.decide(Verdict::Prune),
                }
            }
            requests.ask_to_stop();
        })?;
    Ok(())
}

fn panicked(payload: &(dyn std::any::Any + Send)) -> Error {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    Error::new("panic", format!("panic in the host: {text}"))
        .with_hint("this is a defect of neurotrain; report it with the run's log and spec.json")
}
