//! Runs jobs in child processes, a few at a time, and survives whatever they do.

use crate::process::{Interrupts, Launch, Sender, describe_exit, kill_group};
use crate::worker::protocol::{Failure, Order, Progress, RunSummary, WorkerEvent};
use neurotrain_plugin_api::{Error, Result};
use std::collections::{BTreeMap, VecDeque};
use std::process::ExitStatus;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Time a worker has to end after it was asked to.
const GRACE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(200);

/// Limits of a pool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Jobs at a time.
    pub(crate) jobs: usize,
    /// Longest time of one job.
    pub(crate) timeout: Option<Duration>,
    /// Longest time of one job without a sign of life.
    pub(crate) stall: Option<Duration>,
}

/// How a job ended.
#[derive(Debug, Clone)]
pub(crate) enum JobEnd {
    /// It did its work.
    Finished(RunSummary),
    /// It was asked to stop and did, keeping what was there.
    Stopped(Option<RunSummary>),
    /// It failed or died.
    Failed(Failure),
    /// It was never started.
    NotStarted,
}

/// Told of everything that happens in a pool.
pub(crate) trait Observer {
    /// Prepares job `job` and says how to start it.
    fn launch(&mut self, job: usize) -> Result<Launch>;
    /// Job `job` said something.
    fn event(&mut self, job: usize, event: &WorkerEvent);
    /// Job `job` is over.
    fn ended(&mut self, job: usize, end: &JobEnd);
    /// The user asked to stop for the `times`-th time.
    fn interrupted(&mut self, times: usize, running: usize);
}

enum Happening {
    Said(usize, WorkerEvent),
    Ended(usize, Result<ExitStatus>),
    Interrupt,
}

struct Running {
    process: u32,
    orders: Sender<Order>,
    started: Instant,
    last_sign: Instant,
    progress: Option<Progress>,
    last_word: Option<WorkerEvent>,
    kill_at: Option<Instant>,
    killed_for: Option<Failure>,
}

/// Runs jobs `0..count` and returns how each ended; the flag says whether the user interrupted.
pub(crate) fn run_pool(
    count: usize,
    limits: Limits,
    interrupts: &Interrupts,
    observer: &mut dyn Observer,
) -> (Vec<JobEnd>, bool) {
    let (sender, happenings) = mpsc::channel();
    let on_signal = sender.clone();
    let subscription = interrupts.subscribe(move || {
        let _ = on_signal.send(Happening::Interrupt);
    });
    let mut pool = Pool {
        limits,
        sender,
        waiting: (0..count).collect(),
        running: BTreeMap::new(),
        ends: vec![JobEnd::NotStarted; count],
        interrupts: 0,
    };
    pool.fill(observer);
    while !pool.running.is_empty() {
        match happenings.recv_timeout(TICK) {
            Ok(happening) => pool.handle(happening, observer),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        pool.enforce_limits();
        pool.fill(observer);
    }
    drop(subscription);
    (pool.ends, pool.interrupts > 0)
}

struct Pool {
    limits: Limits,
    sender: mpsc::Sender<Happening>,
    waiting: VecDeque<usize>,
    running: BTreeMap<usize, Running>,
    ends: Vec<JobEnd>,
    interrupts: usize,
}

impl Pool {
    fn fill(&mut self, observer: &mut dyn Observer) {
        while self.interrupts == 0 && self.running.len() < self.limits.jobs {
            let Some(job) = self.waiting.pop_front() else {
                return;
            };
            let started = observer
                .launch(job)
                .and_then(|launch| start(job, launch, &self.sender));
            match started {
                Ok(running) => {
                    self.running.insert(job, running);
                }
                Err(e) => self.end(job, JobEnd::Failed(Failure::from(&e)), observer),
            }
        }
    }

    fn handle(&mut self, happening: Happening, observer: &mut dyn Observer) {
        match happening {
            Happening::Said(job, event) => {
                if let Some(running) = self.running.get_mut(&job) {
                    running.last_sign = Instant::now();
                    match &event {
                        WorkerEvent::Progress(progress) => running.progress = Some(progress.clone()),
                        WorkerEvent::Finished(_) | WorkerEvent::Failed(_) | WorkerEvent::Stopped(_) => {
                            running.last_word = Some(event.clone());
                            // What hangs on its way out is not waited for.
                            running.kill_at.get_or_insert_with(|| Instant::now() + GRACE);
                        }
                        WorkerEvent::Started(_) | WorkerEvent::Epoch(_) | WorkerEvent::Warning { .. } => {}
                    }
                    observer.event(job, &event);
                }
            }
            Happening::Ended(job, status) => {
                if let Some(running) = self.running.remove(&job) {
                    let end = verdict(running, status, self.interrupts > 0);
                    self.end(job, end, observer);
                }
            }
            Happening::Interrupt => self.interrupt(observer),
        }
    }

    fn interrupt(&mut self, observer: &mut dyn Observer) {
        self.interrupts += 1;
        observer.interrupted(self.interrupts, self.running.len());
        for running in self.running.values_mut() {
            // A worker that cannot be told any more is about to end.
            let _ = running.orders.send(&Order::Stop);
            if self.interrupts > 1 {
                kill_group(running.process);
            }
            running.kill_at.get_or_insert_with(|| Instant::now() + GRACE);
        }
    }

    fn enforce_limits(&mut self) {
        let now = Instant::now();
        for running in self.running.values_mut().filter(|r| r.killed_for.is_none()) {
            let lived = now.duration_since(running.started);
            let silent = now.duration_since(running.last_sign);
            let reason = if running.kill_at.is_some_and(|at| now >= at) {
                Some((
                    "stopped",
                    "did not end when asked to and was killed".to_owned(),
                    "",
                ))
            } else if self.limits.timeout.is_some_and(|limit| lived >= limit) {
                let text = format!(
                    "took longer than {} s{} and was killed",
                    lived.as_secs(),
                    place(&running.progress)
                );
                Some((
                    "timeout",
                    text,
                    "allow more time with --timeout, or 0 for no limit",
                ))
            } else if self.limits.stall.is_some_and(|limit| silent >= limit) {
                let text = format!(
                    "gave no sign of life for {} s{} and was killed",
                    silent.as_secs(),
                    place(&running.progress)
                );
                Some((
                    "stalled",
                    text,
                    "if a batch really takes that long, allow more with --stall-timeout",
                ))
            } else {
                None
            };
            if let Some((code, message, hint)) = reason {
                let message = format!("the run {message}");
                let failure = Error::new(code, message).with_hint(hint);
                running.killed_for = Some(Failure::from(&failure));
                kill_group(running.process);
            }
        }
    }

    fn end(&mut self, job: usize, end: JobEnd, observer: &mut dyn Observer) {
        observer.ended(job, &end);
        self.ends[job] = end;
    }
}

fn start(job: usize, launch: Launch, happenings: &mpsc::Sender<Happening>) -> Result<Running> {
    let (started, starting) = mpsc::sync_channel(1);
    let happenings = happenings.clone();
    // The thread that starts a child has to outlive it, so each child has one.
    std::thread::Builder::new()
        .name(format!("job {job}"))
        .spawn(move || {
            let (child, orders, events) = match launch.start::<Order, WorkerEvent>() {
                Ok(parts) => parts,
                Err(e) => {
                    let _ = started.send(Err(e));
                    return;
                }
            };
            let _ = started.send(Ok((child.id(), orders)));
            let listen = happenings.clone();
            let listener = std::thread::spawn(move || {
                for event in events {
                    let _ = listen.send(Happening::Said(job, event));
                }
            });
            let status = child.wait();
            let _ = listener.join();
            let _ = happenings.send(Happening::Ended(job, status));
        })?;
    let (process, orders) = starting
        .recv()
        .map_err(|_| Error::new("host-fault", "the thread of a run ended early"))??;
    let now = Instant::now();
    Ok(Running {
        process,
        orders,
        started: now,
        last_sign: now,
        progress: None,
        last_word: None,
        kill_at: None,
        killed_for: None,
    })
}

fn verdict(running: Running, status: Result<ExitStatus>, interrupted: bool) -> JobEnd {
    match running.last_word {
        Some(WorkerEvent::Finished(summary)) => JobEnd::Finished(summary),
        Some(WorkerEvent::Stopped(summary)) => JobEnd::Stopped(Some(summary)),
        Some(WorkerEvent::Failed(failure)) => JobEnd::Failed(failure),
        _ if interrupted => JobEnd::Stopped(None),
        _ => JobEnd::Failed(running.killed_for.unwrap_or_else(|| {
            let how = match status {
                Ok(status) => describe_exit(status),
                Err(e) => e.to_string(),
            };
            let message = format!("the worker process died of {how}{}", place(&running.progress));
            Failure::from(&Error::new("crash", message).with_hint("its log says what came before"))
        })),
    }
}

fn place(progress: &Option<Progress>) -> String {
    match progress {
        Some(p) => format!(
            " ({} of epoch {}, after batch {} of {})",
            p.phase,
            p.epoch + 1,
            p.batch,
            p.batches
        ),
        None => " (before the first batch was done)".to_owned(),
    }
}
