//! What pictures are made of: some samples of each class, and sums over all that were looked at.

use super::activity::Summing;
use super::samples::{Sample, chosen, sensor, walk};
use neurotrain_loader::{Recording, Source};
use neurotrain_plugin_api::{DatasetInfo, Error, Result};

/// Samples of one split by class.
#[derive(Debug, Default)]
pub(super) struct Gallery {
    pub(super) split: String,
    /// Samples that were looked at.
    pub(super) examined: usize,
    pub(super) classes: Vec<Class>,
}

/// One class.
#[derive(Debug, Default, Clone)]
pub(super) struct Class {
    /// Mean value, or events of a recording.
    pub(super) activity: Summing,
    /// Sum over samples: values `[C, H, W]` of the first step, or events `[2, rows, cols]`.
    pub(super) sum: Vec<f64>,
    /// First samples, as `sum`, one sample each.
    pub(super) samples: Vec<Vec<f32>>,
    /// The first recording.
    pub(super) recording: KeptRecording,
}

/// The events of a recording.
#[derive(Debug, Default, Clone)]
pub(super) struct KeptRecording {
    pub(super) t: Vec<i64>,
    pub(super) x: Vec<u16>,
    pub(super) y: Vec<u16>,
    pub(super) p: Vec<u8>,
}

impl KeptRecording {
    pub(super) fn events(&self) -> Recording<'_> {
        Recording {
            t: &self.t,
            x: &self.x,
            y: &self.y,
            p: &self.p,
        }
    }
}

/// Pictures of a class that are kept.
const KEPT: usize = 10;

impl Gallery {
    /// Goes through samples of the training split, or the first one. `progress` hears how many are done, of how many.
    pub(super) fn collect(
        source: &Source,
        samples: Option<usize>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self> {
        let info = source.info();
        let named = info.splits.iter().find(|(name, _)| name == "train");
        let (split, count) = named
            .or(info.splits.first())
            .ok_or_else(|| Error::bad_data("the data set has no splits"))?;
        let indices = chosen(source, *count, samples);
        let mut gallery = Gallery {
            split: split.clone(),
            examined: indices.len(),
            classes: vec![Class::default(); info.classes],
        };
        let mut done = 0;
        walk(source, split, &indices, &mut |label, sample| {
            gallery.classes[label].add(info, sensor(source), sample);
            done += 1;
            if done % 128 == 0 {
                progress(done, indices.len() as u64);
            }
            Ok(())
        })?;
        Ok(gallery)
    }
}

impl Class {
    fn add(&mut self, info: &DatasetInfo, sensor: (usize, usize), sample: Sample<'_>) {
        let unit: usize = info.shape.iter().product();
        let (map, activity) = match sample {
            Sample::Bytes(values) => values_of(info, unit, values.iter().map(|v| f64::from(*v))),
            Sample::Reals(values) => values_of(info, unit, values.iter().map(|v| f64::from(*v))),
            Sample::Events(events) => {
                if self.recording.t.is_empty() {
                    self.recording = KeptRecording {
                        t: events.t.to_vec(),
                        x: events.x.to_vec(),
                        y: events.y.to_vec(),
                        p: events.p.to_vec(),
                    };
                }
                (
                    event_map(events, 0..events.t.len(), sensor),
                    events.t.len() as f64,
                )
            }
        };
        self.activity.add(activity);
        self.sum.resize(map.len(), 0.0);
        self.sum
            .iter_mut()
            .zip(&map)
            .for_each(|(sum, v)| *sum += f64::from(*v));
        if self.samples.len() < KEPT {
            self.samples.push(map);
        }
    }
}

/// The first step, scaled, and the mean in [0, 1] over all steps.
fn values_of(info: &DatasetInfo, unit: usize, values: impl Iterator<Item = f64>) -> (Vec<f32>, f64) {
    let (mut map, mut sum, mut n) = (Vec::with_capacity(unit), 0.0, 0.0);
    for value in values {
        let value = value * info.scale;
        if map.len() < unit {
            map.push(value as f32);
        }
        sum += value.clamp(0.0, 1.0);
        n += 1.0;
    }
    (map, sum / f64::max(n, 1.0))
}

/// How often each pixel of each polarity had an event, `[2, rows, cols]`.
pub(super) fn event_map(
    events: Recording<'_>,
    range: std::ops::Range<usize>,
    (rows, cols): (usize, usize),
) -> Vec<f32> {
    let mut map = vec![0.0; 2 * rows * cols];
    for i in range {
        let cell = (usize::from(events.p[i]) * rows + usize::from(events.y[i])) * cols;
        map[cell + usize::from(events.x[i])] += 1.0;
    }
    map
}
