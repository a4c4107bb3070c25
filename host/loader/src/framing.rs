//! Frames of recordings of event cameras: `[T, N, elements]` from the events of N samples.

mod denoise;
mod slices;

use crate::encode::{Dense, Encoded};
use crate::rate::{Spikes, assemble};
use neurotrain_kernels::Real;
use neurotrain_plugin_api::{DatasetInfo, Error, EventBatch, EventFraming, Result};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::ops::Range;

/// Makes frames of events.
#[derive(Debug)]
pub(crate) struct Framer {
    framing: EventFraming,
    steps: usize,
    /// Rows and columns of the sensor.
    sensor: [usize; 2],
    /// Channels, rows and columns of a frame.
    frame: [usize; 3],
}

/// The events of a sample.
#[derive(Debug, Clone, Copy)]
struct Recording<'a> {
    t: &'a [i64],
    x: &'a [u16],
    y: &'a [u16],
    p: &'a [u8],
}

impl Framer {
    /// For a data set of events; `info` has been checked by [`check_sensor`].
    pub(crate) fn new(info: &DatasetInfo, framing: EventFraming, steps: usize) -> Self {
        let sensor = [info.sensor[0], info.sensor[1]];
        let shape = framing.shape(sensor[0], sensor[1]);
        Framer {
            framing,
            steps,
            sensor,
            frame: [shape[0], shape[1], shape[2]],
        }
    }

    /// The frames of all samples of a batch; `names` are their numbers, for messages.
    pub(crate) fn encode<R: Real>(
        &self,
        batch: &EventBatch,
        names: &[u64],
        dense: impl Fn(Dense<R>) -> Encoded,
    ) -> Result<Encoded> {
        let samples: Vec<Spikes> = (0..batch.samples())
            .into_par_iter()
            .map(|i| {
                self.sample(batch, i)
                    .map_err(|e| e.context(format!("sample {}", names[i])))
            })
            .collect::<Result<_>>()?;
        let cells = self.frame.iter().product();
        if self.framing.binary {
            return Ok(Encoded::Events(assemble(
                &samples,
                self.steps,
                samples.len(),
                cells,
            )?));
        }
        let mut values = vec![R::ZERO; self.steps * samples.len() * cells];
        for (i, sample) in samples.iter().enumerate() {
            for step in 0..self.steps {
                let row = &mut values[(step * samples.len() + i) * cells..][..cells];
                let start = if step == 0 { 0 } else { sample.ends[step - 1] };
                for cell in &sample.index[start..sample.ends[step]] {
                    row[*cell as usize] += R::ONE;
                }
            }
        }
        Ok(dense(Dense {
            values,
            constant: false,
        }))
    }

    /// The cells of each frame of a sample: ascending and each once when binary, else one entry per event.
    fn sample(&self, batch: &EventBatch, index: usize) -> Result<Spikes> {
        let range = batch.range(index);
        let all = Recording {
            t: &batch.t[range.clone()],
            x: &batch.x[range.clone()],
            y: &batch.y[range.clone()],
            p: &batch.p[range],
        };
        self.check(all)?;
        let kept = self.framing.denoise.map(|filter| denoise::keep(all, filter));
        let recording = kept.as_ref().map_or(all, |kept| Recording {
            t: &kept.t,
            x: &kept.x,
            y: &kept.y,
            p: &kept.p,
        });
        let slices = slices::slices(recording.t, self.framing.slicing, self.steps);
        let mut spikes = Spikes::with_room(self.steps, 1);
        let mut seen = vec![0_u64; self.frame.iter().product::<usize>().div_ceil(64)];
        for slice in slices {
            match self.framing.binary {
                true => self.binary(recording, slice, &mut seen, &mut spikes.index),
                false => spikes.index.extend(slice.map(|i| self.cell(recording, i) as u32)),
            }
            spikes.ends.push(spikes.index.len());
        }
        Ok(spikes)
    }

    /// Appends the cells that have an event, in ascending order. `seen` is all zeros before and after.
    fn binary(&self, recording: Recording<'_>, slice: Range<usize>, seen: &mut [u64], to: &mut Vec<u32>) {
        for i in slice {
            let cell = self.cell(recording, i);
            seen[cell / 64] |= 1 << (cell % 64);
        }
        for (word, bits) in seen.iter_mut().enumerate() {
            while *bits != 0 {
                to.push((word * 64) as u32 + bits.trailing_zeros());
                *bits &= *bits - 1;
            }
        }
    }

    #[inline]
    fn cell(&self, recording: Recording<'_>, i: usize) -> usize {
        let [channels, rows, cols] = self.frame;
        let side = self.framing.downsample;
        let (x, y) = (recording.x[i], recording.y[i]);
        let (x, y) = match side {
            1 => (x.into(), y.into()),
            _ => (usize::from(x / side), usize::from(y / side)),
        };
        let channel = if channels == 1 {
            0
        } else {
            usize::from(recording.p[i])
        };
        (channel * rows + y) * cols + x
    }

    /// What a data set gives is not believed.
    fn check(&self, recording: Recording<'_>) -> Result<()> {
        let [rows, cols] = self.sensor;
        let Recording { t, x, y, p } = recording;
        if let Some(i) = t.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(Error::bad_data(format!(
                "event {} is at {} µs, after one at {} µs",
                i + 1,
                t[i + 1],
                t[i]
            )));
        }
        // Sums and differences of times must not overflow.
        const LIMIT: i64 = 1 << 60;
        if t.first().is_some_and(|t| *t < -LIMIT) || t.last().is_some_and(|t| *t > LIMIT) {
            return Err(Error::bad_data(format!(
                "events from {:?} to {:?} µs",
                t.first(),
                t.last()
            )));
        }
        let inside = |i: usize| usize::from(x[i]) < cols && usize::from(y[i]) < rows && p[i] <= 1;
        match (0..t.len()).find(|i| !inside(*i)) {
            Some(i) => Err(Error::bad_data(format!(
                "event {i} has column {}, row {} and polarity {}, on a sensor of {cols}×{rows} pixels",
                x[i], y[i], p[i]
            ))),
            None => Ok(()),
        }
    }
}

/// Checks that the description of a data set of events fits its frames.
pub(crate) fn check_sensor(info: &DatasetInfo, framing: EventFraming) -> Result<()> {
    let fault = |message: String| {
        Err(Error::new(
            "bad-plugin",
            format!("the data set's description is wrong: {message}"),
        )
        .with_hint("this is a defect of the data set plugin; report it to its authors"))
    };
    match info.sensor[..] {
        [] => Ok(()),
        [rows @ 1..=65536, cols @ 1..=65536] => {
            let shape = framing.shape(rows, cols);
            let cells: usize = shape.iter().product();
            match info.shape.iter().product::<usize>() == cells {
                true => Ok(()),
                false => fault(format!("frames have shape {shape:?}, not {:?}", info.shape)),
            }
        }
        _ => fault(format!("a sensor of {:?} rows and columns", info.sensor)),
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tonic;
