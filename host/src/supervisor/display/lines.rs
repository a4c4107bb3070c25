//! Progress as plain lines, for logs and pipes.

use super::{Display, words};
use crate::output::{Console, duration};
use crate::supervisor::pool::JobEnd;
use crate::worker::protocol::WorkerEvent;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Least time between two lines about the batches of one job.
const EVERY: Duration = Duration::from_secs(15);

/// A line for the start and the end of each job and of each epoch, and now and then between.
pub(super) struct Lines {
    console: Console,
    names: BTreeMap<usize, String>,
    jobs: BTreeMap<usize, Job>,
    done: usize,
    expected: usize,
    begun: Instant,
}

struct Job {
    epochs: u64,
    last: Instant,
}

impl Lines {
    pub(super) fn new(console: Console) -> Self {
        Lines {
            console,
            names: BTreeMap::new(),
            jobs: BTreeMap::new(),
            done: 0,
            expected: 0,
            begun: Instant::now(),
        }
    }

    /// `, about 3 min 5 s left`, as far as what is done tells.
    fn left(&self) -> String {
        let todo = self.expected.saturating_sub(self.done);
        if todo == 0 || self.done == 0 {
            return String::new();
        }
        let left = self.begun.elapsed().mul_f64(todo as f64 / self.done as f64);
        format!(", about {} left", duration(left))
    }

    fn say(&self, job: usize, text: &str) {
        self.console.note(&format!(
            "{}: {text}",
            self.names.get(&job).map_or("", String::as_str)
        ));
    }
}

impl Display for Lines {
    fn expect(&mut self, count: usize) {
        self.expected += count;
    }

    fn started(&mut self, job: usize, name: &str) {
        self.names.insert(job, name.to_owned());
        self.say(job, "started");
        self.jobs.insert(
            job,
            Job {
                epochs: 0,
                last: Instant::now(),
            },
        );
    }

    fn event(&mut self, job: usize, event: &WorkerEvent) {
        let Some(state) = self.jobs.get_mut(&job) else {
            return;
        };
        match event {
            WorkerEvent::Started(start) => {
                state.epochs = start.epochs;
                if let Some(place) = &start.resumed {
                    self.say(job, &format!("goes on from a checkpoint: {place}"));
                }
            }
            WorkerEvent::Progress(p) if state.last.elapsed() >= EVERY => {
                state.last = Instant::now();
                let text = format!(
                    "epoch {}/{}, batch {}/{}, {}",
                    p.epoch + 1,
                    state.epochs,
                    p.batch,
                    p.batches,
                    words::progress(p)
                );
                self.say(job, &text);
            }
            WorkerEvent::Epoch(scores) => {
                state.last = Instant::now();
                let text = format!(
                    "epoch {}/{}, {}",
                    scores.epoch + 1,
                    state.epochs,
                    words::epoch(scores)
                );
                self.say(job, &text);
            }
            WorkerEvent::Warning { text } => self.say(job, &format!("warning: {text}")),
            _ => {}
        }
    }

    fn ended(&mut self, job: usize, end: &JobEnd) {
        self.jobs.remove(&job);
        self.done += 1;
        self.say(
            job,
            &format!(
                "{} [{}/{}{}]",
                words::end(end),
                self.done,
                self.expected,
                self.left()
            ),
        );
    }

    fn settled(&mut self, name: &str, how: &str, end: &JobEnd) {
        self.done += 1;
        self.console.note(&format!(
            "{name}: {how}{} [{}/{}]",
            words::end(end),
            self.done,
            self.expected
        ));
    }

    fn finish(&mut self) {}
}
