//! Static samples whose values decide at which steps there are spikes, without chance.

use super::{BurstCode, Coding, DeltaCode, LatencyCode};
use crate::rate::{Spikes, assemble};
use crate::scaling::Scaling;
use crate::source::Values;
use neurotrain_kernels::Events;
use neurotrain_plugin_api::{DatasetInfo, Result};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Samples that one task codes.
const CHUNK: usize = 16;

/// Turns values into spikes at certain steps.
#[derive(Debug)]
pub(crate) struct TimedCoder {
    code: Code,
    steps: usize,
    scaling: Scaling,
    /// The 256 byte values between 0 and 1.
    of_bytes: Vec<f32>,
    /// The steps of each of them, where they do not depend on the sample.
    fixed: Option<Vec<Vec<u32>>>,
}

#[derive(Debug, Clone, Copy)]
enum Code {
    Latency(LatencyCode),
    Burst(BurstCode),
    Delta(DeltaCode),
}

impl TimedCoder {
    /// None for a coding of another kind.
    pub(crate) fn new(coding: Coding, info: &DatasetInfo, steps: usize) -> Option<Self> {
        let code = match coding {
            Coding::Rate | Coding::Direct => return None,
            Coding::Latency(code) => Code::Latency(code),
            Coding::Burst(code) => Code::Burst(code),
            Coding::Delta(code) => Code::Delta(code),
        };
        let scaling = Scaling::new(info);
        let mut coder = TimedCoder {
            code,
            steps,
            of_bytes: (0..256).map(|byte| unit(&scaling, f64::from(byte))).collect(),
            scaling,
            fixed: None,
        };
        if !coder.depends_on_sample() {
            coder.fixed = Some(coder.table(1.0));
        }
        Some(coder)
    }

    /// Spikes `[T * N, elements]` of N samples, step by step.
    pub(crate) fn encode(&self, values: &Values, samples: usize) -> Result<Events> {
        let len = self.scaling.channels() * self.scaling.plane;
        let chunks: Vec<Vec<Spikes>> = (0..samples.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let samples = chunk * CHUNK..samples.min((chunk + 1) * CHUNK);
                samples
                    .map(|i| match values {
                        Values::Bytes(bytes) => self.bytes(&bytes[i * len..(i + 1) * len]),
                        Values::Reals(reals) => self.reals(&reals[i * len..(i + 1) * len]),
                        // Recordings are framed, never coded.
                        Values::Events(_) => by_step(self.steps, 0, |_| &[]),
                    })
                    .collect()
            })
            .collect();
        assemble(chunks.iter().flatten(), self.steps, samples, len)
    }

    fn bytes(&self, sample: &[u8]) -> Spikes {
        let own;
        let table = match &self.fixed {
            Some(table) => table,
            None => {
                let least = sample.iter().copied().min().unwrap_or(0);
                own = self.table(self.stretch(self.of_bytes[usize::from(least)]));
                &own
            }
        };
        by_step(self.steps, sample.len(), |i| &table[usize::from(sample[i])])
    }

    fn reals(&self, sample: &[f32]) -> Spikes {
        let values: Vec<f32> = sample
            .iter()
            .map(|stored| unit(&self.scaling, f64::from(*stored)))
            .collect();
        let least = values.iter().copied().fold(1.0, f32::min);
        let stretch = self.stretch(least);
        let (mut ends, mut steps) = (vec![0], Vec::new());
        for value in &values {
            self.steps_of(*value, stretch, &mut steps);
            ends.push(steps.len());
        }
        by_step(self.steps, values.len(), |i| &steps[ends[i]..ends[i + 1]])
    }

    fn table(&self, stretch: f32) -> Vec<Vec<u32>> {
        let of = |value: &f32| {
            let mut steps = Vec::new();
            self.steps_of(*value, stretch, &mut steps);
            steps
        };
        self.of_bytes.iter().map(of).collect()
    }

    fn depends_on_sample(&self) -> bool {
        matches!(self.code, Code::Latency(code) if code.normalize && !code.linear)
    }

    fn stretch(&self, least: f32) -> f32 {
        match self.code {
            Code::Latency(code) => code.stretch(least, self.steps),
            _ => 1.0,
        }
    }

    /// Appends the steps of the spikes of a value, in ascending order.
    fn steps_of(&self, value: f32, stretch: f32, to: &mut Vec<u32>) {
        match self.code {
            Code::Latency(code) => to.extend(code.step(value, stretch, self.steps)),
            Code::Burst(code) => code.steps(value, self.steps, to),
            Code::Delta(code) => code.steps(value, self.steps, to),
        }
    }
}

/// A stored value between 0 and 1.
fn unit(scaling: &Scaling, stored: f64) -> f32 {
    (scaling.unit(stored) as f32).clamp(0.0, 1.0)
}

/// Spikes by step, of a sample of `len` elements of which `of` gives the steps.
fn by_step<'a>(steps: usize, len: usize, of: impl Fn(usize) -> &'a [u32]) -> Spikes {
    let mut ends = vec![0; steps];
    for i in 0..len {
        for step in of(i) {
            ends[*step as usize] += 1;
        }
    }
    let mut total = 0;
    let mut next = Vec::with_capacity(steps);
    for end in &mut ends {
        next.push(total);
        total += *end;
        *end = total;
    }
    let mut index = vec![0; total];
    for i in 0..len {
        for step in of(i) {
            let at = &mut next[*step as usize];
            index[*at] = i as u32;
            *at += 1;
        }
    }
    Spikes { ends, index }
}
