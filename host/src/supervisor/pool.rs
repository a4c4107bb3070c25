//! Runs jobs in child processes, a few at a time, and survives whatever they do.

use crate::output::bytes;
use crate::process::{
    Interrupts, Launch, Sender, describe_exit, kill_group, limit_memory, oom_kills, resident_bytes,
};
use crate::worker::protocol::{Failure, Order, Progress, RunSummary, WorkerEvent};
use neurotrain_plugin_api::{Error, Result};
use signal_hook::consts::{SIGABRT, SIGKILL};
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// The code of a failure that came from outside.
pub(crate) const KILLED: &str = "killed";
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
    /// Most memory of one job, in bytes.
    pub(crate) memory: Option<u64>,
}

/// How a job ended.
#[derive(Debug, Clone)]
pub(crate) enum JobEnd {
    /// It did its work.
    Finished(RunSummary),
    /// Its search had no more use for it.
    Pruned(RunSummary),
    /// It was asked to stop and did, keeping what was there.
    Stopped(Option<RunSummary>),
    /// It failed or died.
    Failed(Failure),
    /// It was never started.
    NotStarted,
}

/// What is to be done, and who is told of everything that happens.
pub(crate) trait Jobs {
    /// What can be started now; asked again whenever something has happened.
    fn next(&mut self) -> Next;
    /// Prepares job `job` and says how to start it.
    fn launch(&mut self, job: usize) -> Result<Launch>;
    /// Job `job` said something; the answer goes to its worker.
    fn event(&mut self, job: usize, event: &WorkerEvent) -> Option<Order>;
    /// Job `job` is over.
    fn ended(&mut self, job: usize, end: JobEnd);
    /// The user asked to stop for the `times`-th time.
    fn interrupted(&mut self, times: usize, running: usize);
}

/// What a pool does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Start this job.
    Start(usize),
    /// Wait: something that goes on elsewhere decides.
    Wait,
    /// Nothing is left to start, unless a running job brings something.
    Nothing,
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
    /// Processes that the system had killed for want of memory when this one began.
    oom_kills: u64,
}

/// Runs `jobs` until none is left; whether the user interrupted.
pub(crate) fn run_pool(limits: Limits, interrupts: &Interrupts, jobs: &mut dyn Jobs) -> bool {
    let (sender, happenings) = mpsc::channel();
    let on_signal = sender.clone();
    let subscription = interrupts.subscribe(move || {
        let _ = on_signal.send(Happening::Interrupt);
    });
    let mut pool = Pool {
        limits,
        sender,
        running: BTreeMap::new(),
        interrupts: 0,
    };
    let mut more = pool.fill(jobs);
    while more || !pool.running.is_empty() {
        match happenings.recv_timeout(TICK) {
            Ok(happening) => pool.handle(happening, jobs),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
        pool.enforce_limits();
        more = pool.fill(jobs);
    }
    drop(subscription);
    if pool.interrupts > 0 {
        // The summary is still to be written, whatever the user types.
        interrupts.ignore();
    }
    pool.interrupts > 0
}

struct Pool {
    limits: Limits,
    sender: mpsc::Sender<Happening>,
    running: BTreeMap<usize, Running>,
    interrupts: usize,
}

impl Pool {
    /// Starts what can be started; whether there may be more later although nothing runs.
    fn fill(&mut self, jobs: &mut dyn Jobs) -> bool {
        while self.interrupts == 0 && self.running.len() < self.limits.jobs {
            let job = match jobs.next() {
                Next::Start(job) => job,
                Next::Wait => return true,
                Next::Nothing => return false,
            };
            let started = jobs
                .launch(job)
                .and_then(|launch| start(job, launch, &self.sender));
            if let (Ok(running), Some(bytes)) = (&started, self.limits.memory) {
                limit_memory(running.process, bytes);
            }
            match started {
                Ok(running) => {
                    self.running.insert(job, running);
                }
                Err(e) => jobs.ended(job, JobEnd::Failed(Failure::from(&e))),
            }
        }
        false
    }

    fn handle(&mut self, happening: Happening, jobs: &mut dyn Jobs) {
        match happening {
            Happening::Said(job, event) => {
                if let Some(running) = self.running.get_mut(&job) {
                    running.last_sign = Instant::now();
                    match &event {
                        WorkerEvent::Progress(progress) => running.progress = Some(progress.clone()),
                        WorkerEvent::Finished(_)
                        | WorkerEvent::Pruned(_)
                        | WorkerEvent::Failed(_)
                        | WorkerEvent::Stopped(_) => {
                            running.last_word = Some(event.clone());
                            // What hangs on its way out is not waited for.
                            running.kill_at.get_or_insert_with(|| Instant::now() + GRACE);
                        }
                        WorkerEvent::Started(_) | WorkerEvent::Epoch(_) | WorkerEvent::Warning { .. } => {}
                    }
                    if let Some(order) = jobs.event(job, &event) {
                        // A worker that cannot be told any more is about to end.
                        let _ = running.orders.send(&order);
                    }
                }
            }
            Happening::Ended(job, status) => {
                if let Some(running) = self.running.remove(&job) {
                    jobs.ended(job, verdict(running, status, self.interrupts > 0, self.limits));
                }
            }
            Happening::Interrupt => self.interrupt(jobs),
        }
    }

    fn interrupt(&mut self, jobs: &mut dyn Jobs) {
        self.interrupts += 1;
        jobs.interrupted(self.interrupts, self.running.len());
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
            } else if let Some((limit, used)) = over_memory(self.limits.memory, running.process) {
                let text = format!(
                    "took {} of memory{}, more than the {} it may have, and was killed",
                    bytes(used),
                    place(&running.progress),
                    bytes(limit)
                );
                Some((
                    "memory",
                    text,
                    "allow more with --memory-limit, or make the batches smaller",
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
        oom_kills: oom_kills(),
    })
}

fn verdict(running: Running, status: Result<ExitStatus>, interrupted: bool, limits: Limits) -> JobEnd {
    match running.last_word {
        Some(WorkerEvent::Finished(summary)) => JobEnd::Finished(summary),
        Some(WorkerEvent::Pruned(summary)) => JobEnd::Pruned(summary),
        Some(WorkerEvent::Stopped(summary)) => JobEnd::Stopped(Some(summary)),
        Some(WorkerEvent::Failed(failure)) => JobEnd::Failed(failure),
        _ if interrupted => JobEnd::Stopped(None),
        _ => JobEnd::Failed(running.killed_for.unwrap_or_else(|| {
            let place = place(&running.progress);
            Failure::from(&died(status, &place, oom_kills() > running.oom_kills, limits))
        })),
    }
}

/// Why a process that said nothing is no more.
fn died(status: Result<ExitStatus>, place: &str, memory_ran_out: bool, limits: Limits) -> Error {
    let how = match &status {
        Ok(status) => describe_exit(*status),
        Err(e) => e.to_string(),
    };
    let message = format!("the worker process died of {how}{place}");
    match status.ok().and_then(|status| status.signal()) {
        Some(SIGKILL) if memory_ran_out => Error::new(
            KILLED,
            format!("{message}; the system has just killed a process because memory ran out"),
        )
        .with_hint("run fewer at a time (--jobs), or make the batches smaller"),
        Some(SIGKILL) => Error::new(KILLED, message).with_hint("its log says what came before"),
        Some(SIGABRT) if limits.memory.is_some() => Error::new(
            "crash",
            format!(
                "{message}, perhaps for want of memory: {} is all it may have",
                bytes(limits.memory.unwrap_or_default())
            ),
        )
        .with_hint(
            "its log says what came before; allow more with --memory-limit, or make the batches smaller",
        ),
        _ => Error::new("crash", message).with_hint("its log says what came before"),
    }
}

/// The limit and what a process takes, if that is more.
fn over_memory(limit: Option<u64>, process: u32) -> Option<(u64, u64)> {
    let limit = limit?;
    let used = resident_bytes(process)?;
    (used > limit).then_some((limit, used))
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
