//! Progress bars.

use super::{Display, words};
use crate::output::Console;
use crate::supervisor::pool::JobEnd;
use crate::worker::protocol::WorkerEvent;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::time::Duration;

/// One bar per running job and one for all.
pub(super) struct Bars {
    console: Console,
    names: BTreeMap<usize, String>,
    width: usize,
    overall: ProgressBar,
    jobs: BTreeMap<usize, JobBar>,
    failed: usize,
}

struct JobBar {
    bar: ProgressBar,
    epochs: u64,
    batches: u64,
}

impl Bars {
    pub(super) fn new(console: Console) -> Self {
        let overall = console.bars().add(ProgressBar::new(0));
        overall.set_style(style(
            "all runs {wide_bar:.cyan/blue} {pos}/{len}  {msg} {elapsed} elapsed, {eta} left",
        ));
        overall.enable_steady_tick(Duration::from_secs(1));
        Bars {
            console,
            names: BTreeMap::new(),
            width: 0,
            overall,
            jobs: BTreeMap::new(),
            failed: 0,
        }
    }
}

impl Display for Bars {
    fn expect(&mut self, count: usize) {
        self.overall.inc_length(count as u64);
    }

    fn started(&mut self, job: usize, name: &str) {
        self.width = self.width.max(name.chars().count()).min(44);
        self.names.insert(job, name.to_owned());
        let bar = self
            .console
            .bars()
            .insert_before(&self.overall, ProgressBar::new(1));
        bar.set_prefix(format!("{name:width$.width$}", width = self.width));
        bar.set_style(style("{prefix} {bar:20.green/black} {msg}"));
        bar.set_message("loading");
        self.jobs.insert(
            job,
            JobBar {
                bar,
                epochs: 0,
                batches: 0,
            },
        );
    }

    fn event(&mut self, job: usize, event: &WorkerEvent) {
        if let WorkerEvent::Warning { text } = event {
            let name = self.names.get(&job).cloned().unwrap_or_default();
            return self.console.note(&format!("{name}: warning: {text}"));
        }
        let Some(job) = self.jobs.get_mut(&job) else {
            return;
        };
        match event {
            WorkerEvent::Started(start) => {
                if let Some(place) = &start.resumed {
                    job.bar.set_message(format!("goes on from a checkpoint: {place}"));
                }
                (job.epochs, job.batches) = (start.epochs, start.batches.max(1));
                job.bar.set_length(start.epochs.max(1) * job.batches);
                job.bar.reset_eta();
                job.bar
                    .set_style(style("{prefix} {bar:20.green/black} {msg}, {eta} left"));
            }
            WorkerEvent::Progress(p) => {
                let trained = p.epoch * job.batches + if p.phase == "train" { p.batch } else { job.batches };
                job.bar.set_position(trained);
                job.bar.set_message(format!(
                    "epoch {}/{}, {}",
                    p.epoch + 1,
                    job.epochs,
                    words::progress(p)
                ));
            }
            WorkerEvent::Epoch(scores) => {
                job.bar.set_message(format!(
                    "epoch {}/{}, {}",
                    scores.epoch + 1,
                    job.epochs,
                    words::epoch(scores)
                ));
            }
            WorkerEvent::Warning { .. }
            | WorkerEvent::Finished(_)
            | WorkerEvent::Pruned(_)
            | WorkerEvent::Failed(_)
            | WorkerEvent::Stopped(_) => {}
        }
    }

    fn ended(&mut self, job: usize, end: &JobEnd) {
        let name = self.names.get(&job).cloned().unwrap_or_default();
        if let Some(job) = self.jobs.remove(&job) {
            job.bar.finish_and_clear();
            self.console.bars().remove(&job.bar);
        }
        self.console.note(&format!("{name}: {}", words::end(end)));
        if matches!(end, JobEnd::Failed(_)) {
            self.failed += 1;
            self.overall.set_message(format!("{} failed,", self.failed));
        }
        self.overall.inc(1);
    }

    fn settled(&mut self, name: &str, how: &str, end: &JobEnd) {
        self.console.note(&format!("{name}: {how}{}", words::end(end)));
        self.overall.inc(1);
    }

    fn finish(&mut self) {
        self.overall.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
