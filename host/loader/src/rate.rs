//! Rate coding: Bernoulli spikes straight into an event index.

use crate::lanes::{Counter, DRAWS, Threshold, draw};
use crate::scaling::Scaling;
use crate::source::Values;
use neurotrain_kernels::Events;
use neurotrain_plugin_api::rng;
use neurotrain_plugin_api::{DatasetInfo, Error, Result};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// Samples that one task codes.
const CHUNK: usize = 16;

/// Turns values into spikes. A spike depends on (seed, stream, sample, element, step) and its probability alone:
/// neither on the batch around the sample nor on the number of steps after it.
#[derive(Debug)]
pub(crate) struct RateCoder {
    steps: usize,
    scaling: Scaling,
    standardised: bool,
    /// Thresholds of the 256 byte values, per channel.
    of_bytes: Vec<[Threshold; 256]>,
}

impl RateCoder {
    pub(crate) fn new(info: &DatasetInfo, steps: usize) -> Self {
        let scaling = Scaling::new(info);
        let mut coder = RateCoder {
            steps,
            scaling,
            standardised: info.rate_from_standardised,
            of_bytes: Vec::new(),
        };
        coder.of_bytes = (0..coder.scaling.channels())
            .map(|channel| std::array::from_fn(|byte| coder.threshold(byte as f64, channel)))
            .collect();
        coder
    }

    fn threshold(&self, stored: f64, channel: usize) -> Threshold {
        Threshold::new(match self.standardised {
            true => self.scaling.standard(stored, channel),
            false => self.scaling.unit(stored),
        })
    }

    /// Spikes `[T * N, elements]` of N samples, step by step. `stream` names the noise, `samples[i]` is the number of
    /// sample i in it.
    pub(crate) fn encode(&self, values: &Values, samples: &[u64], seed: u64, stream: &str) -> Result<Events> {
        let key = rng::key(seed, stream);
        let chunks: Vec<Spikes> = (0..samples.len().div_ceil(CHUNK))
            .into_par_iter()
            .with_min_len(1)
            .map(|chunk| {
                let first = chunk * CHUNK;
                let last = samples.len().min(first + CHUNK);
                let mut spikes = Spikes::with_room(self.steps, last - first);
                let mut work = Work::default();
                for (at, sample) in (first..).zip(&samples[first..last]) {
                    self.list_active(values, at, samples.len(), &mut work);
                    self.draw_sample(key, *sample, &mut work, &mut spikes);
                }
                spikes
            })
            .collect();
        let cols = self.scaling.channels() * self.scaling.plane;
        assemble(chunks.iter(), self.steps, samples.len(), cols)
    }

    /// Lists the elements of sample `at` that can spike at all, with their thresholds.
    fn list_active(&self, values: &Values, at: usize, of: usize, work: &mut Work) {
        let len = values.len() / of.max(1);
        let plane = self.scaling.plane;
        work.clear(len);
        for channel in 0..self.scaling.channels() {
            let start = channel * plane;
            let range = at * len + start..at * len + start + plane;
            match values {
                Values::Bytes(bytes) => {
                    let table = &self.of_bytes[channel];
                    work.add(start, bytes[range].iter().map(|byte| table[usize::from(*byte)]));
                }
                Values::Reals(reals) => {
                    let thresholds = reals[range]
                        .iter()
                        .map(|v| self.threshold(f64::from(*v), channel));
                    work.add(start, thresholds);
                }
                // Recordings are framed, never coded.
                Values::Events(_) => {}
            }
        }
    }

    fn draw_sample(&self, key: [u32; 2], sample: u64, work: &mut Work, spikes: &mut Spikes) {
        let n = work.active;
        for group in 0..self.steps.div_ceil(DRAWS) {
            let counter = Counter {
                sample,
                group: group as u32,
            };
            draw(
                key,
                counter,
                &work.elements[..n],
                &work.thresholds[..n],
                &mut work.masks[..n],
            );
            for k in 0..DRAWS.min(self.steps - group * DRAWS) {
                let mut count = 0;
                for (element, mask) in work.elements[..n].iter().zip(&work.masks[..n]) {
                    // Without a branch: written always, kept by advancing.
                    work.step[count] = *element;
                    count += usize::from(mask >> k & 1);
                }
                spikes.index.extend_from_slice(&work.step[..count]);
                spikes.ends.push(spikes.index.len());
            }
        }
    }
}

/// Scratch memory of a task: lists whose first `active` entries count.
#[derive(Debug, Default)]
struct Work {
    active: usize,
    elements: Vec<u32>,
    thresholds: Vec<Threshold>,
    masks: Vec<u16>,
    step: Vec<u32>,
}

impl Work {
    fn clear(&mut self, len: usize) {
        self.active = 0;
        // One more than needed: entries are written before it is known whether they count.
        self.elements.resize(len + 1, 0);
        self.thresholds.resize(len + 1, Threshold::default());
        self.masks.resize(len, 0);
        self.step.resize(len + 1, 0);
    }

    #[inline]
    fn add(&mut self, first: usize, thresholds: impl Iterator<Item = Threshold>) {
        let mut active = self.active;
        for (element, threshold) in (first as u32..).zip(thresholds) {
            self.elements[active] = element;
            self.thresholds[active] = threshold;
            active += usize::from(!threshold.is_zero());
        }
        self.active = active;
    }
}

/// Spikes of some samples, sample by sample and within each step by step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Spikes {
    /// Ends of the steps in `index`: `steps` for every sample.
    pub(crate) ends: Vec<usize>,
    pub(crate) index: Vec<u32>,
}

impl Spikes {
    pub(crate) fn with_room(steps: usize, samples: usize) -> Self {
        Spikes {
            ends: Vec::with_capacity(steps * samples),
            index: Vec::new(),
        }
    }
}

/// Puts the samples of all chunks side by side, step by step.
pub(crate) fn assemble<'a>(
    chunks: impl Iterator<Item = &'a Spikes> + Clone,
    steps: usize,
    samples: usize,
    cols: usize,
) -> Result<Events> {
    let total: usize = chunks.clone().map(|c| c.index.len()).sum();
    if u32::try_from(total).is_err() {
        return Err(Error::new(
            "too-large",
            format!("a batch of {samples} samples has {total} spikes"),
        )
        .with_hint("use a smaller `batch_size` or fewer steps `T`"));
    }
    let mut events = Events {
        rows: steps * samples,
        cols,
        offsets: Vec::with_capacity(steps * samples + 1),
        index: Vec::with_capacity(total),
    };
    events.offsets.push(0);
    for step in 0..steps {
        for chunk in chunks.clone() {
            for first in (0..chunk.ends.len()).step_by(steps) {
                let at = first + step;
                let start = if at == 0 { 0 } else { chunk.ends[at - 1] };
                events
                    .index
                    .extend_from_slice(&chunk.index[start..chunk.ends[at]]);
                events.offsets.push(events.index.len() as u32);
            }
        }
    }
    Ok(events)
}
