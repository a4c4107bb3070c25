//! Figures about the samples of a data set, by going through them.

use super::activity::{ClassStatistics, SplitStatistics, Statistics, Summing};
use super::samples::{Sample, chosen, walk};
use neurotrain_loader::Source;
use neurotrain_plugin_api::{DatasetInfo, Result};

/// Decodes samples of every split and sums up. `progress` hears how many are done, of how many.
pub(super) fn examine(
    source: &Source,
    samples: Option<usize>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Statistics> {
    let info = source.info();
    let indices: Vec<Vec<u64>> = info
        .splits
        .iter()
        .map(|(_, count)| chosen(source, *count, samples))
        .collect();
    let total = indices.iter().map(|i| i.len() as u64).sum();
    let mut done = 0;
    let mut splits = Vec::new();
    for ((name, count), indices) in info.splits.iter().zip(&indices) {
        let mut sums = Sums::new(info);
        walk(source, name, indices, &mut |label, sample| {
            sums.add(info, label, sample);
            done += 1;
            if done % 128 == 0 || done == total {
                progress(done, total);
            }
            Ok(())
        })?;
        splits.push(sums.statistics(name, *count as u64, source.gives_events()));
    }
    let unit = if source.gives_events() { "events" } else { "value" };
    Ok(Statistics {
        unit: unit.to_owned(),
        splits,
    })
}

struct Sums {
    activity: Summing,
    duration: Summing,
    on: u64,
    events: u64,
    /// Number, sum and sum of squares of each channel.
    channels: Vec<(f64, f64, f64)>,
    classes: Vec<Summing>,
}

impl Sums {
    fn new(info: &DatasetInfo) -> Self {
        Sums {
            activity: Summing::default(),
            duration: Summing::default(),
            on: 0,
            events: 0,
            channels: vec![(0.0, 0.0, 0.0); info.shape[0]],
            classes: vec![Summing::default(); info.classes],
        }
    }

    fn add(&mut self, info: &DatasetInfo, label: usize, sample: Sample<'_>) {
        let activity = match sample {
            Sample::Bytes(values) => self.values(info, values.iter().map(|v| f64::from(*v))),
            Sample::Reals(values) => self.values(info, values.iter().map(|v| f64::from(*v))),
            Sample::Events(events) => {
                self.duration.add(events.duration() as f64 / 1000.0);
                self.events += events.p.len() as u64;
                self.on += events.p.iter().map(|p| u64::from(*p)).sum::<u64>();
                events.t.len() as f64
            }
        };
        self.activity.add(activity);
        self.classes[label].add(activity);
    }

    /// The mean of the values in [0, 1], with which rate coding makes spikes.
    fn values(&mut self, info: &DatasetInfo, values: impl Iterator<Item = f64>) -> f64 {
        let channels = self.channels.len();
        // A vector of features is no image with as many channels.
        let per_channel = match info.shape.len() {
            1 => usize::MAX,
            _ => info.shape[1..].iter().product::<usize>().max(1),
        };
        let (mut n, mut rate) = (0.0, 0.0);
        for (i, value) in values.enumerate() {
            let value = value * info.scale;
            rate += value.clamp(0.0, 1.0);
            n += 1.0;
            let channel = &mut self.channels[i / per_channel % channels];
            channel.0 += 1.0;
            channel.1 += value;
            channel.2 += value * value;
        }
        rate / f64::max(n, 1.0)
    }

    fn statistics(&self, name: &str, samples: u64, events: bool) -> SplitStatistics {
        let channels = self.channels.iter().filter(|(n, ..)| *n > 0.0);
        SplitStatistics {
            name: name.to_owned(),
            samples,
            examined: self.activity.n,
            activity: self.activity.spread(),
            duration_ms: events.then(|| self.duration.spread()),
            on_share: (self.events > 0).then(|| self.on as f64 / self.events as f64),
            channels: channels
                .map(|(n, sum, squares)| {
                    let mean = sum / n;
                    (mean, (squares / n - mean * mean).max(0.0).sqrt())
                })
                .collect(),
            classes: self
                .classes
                .iter()
                .map(|class| ClassStatistics {
                    samples: class.n,
                    activity: class.spread().mean,
                })
                .collect(),
        }
    }
}
