//! Frames of recordings of event cameras: `[T, N, elements]` from the events of N samples.

mod denoise;
mod slices;

use crate::encode::{Dense, Encoded};
use crate::rate::{Spikes, assemble};
use crate::recording::Recording;
use neurotrain_kernels::Real;
use neurotrain_plugin_api::{DatasetInfo, Error, EventBatch, EventFraming, Result};
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

/// The frames of a sample: of each step the cells that are not 0, ascending.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Framed {
    pub(crate) spikes: Spikes,
    /// The value of each cell; none where all are 1.
    pub(crate) values: Vec<i32>,
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

    /// The frames of all samples of `batch`, in their order; `names` are their numbers, for messages.
    pub(crate) fn frames(&self, batch: &EventBatch, names: &[u64]) -> Result<Vec<Framed>> {
        (0..batch.samples())
            .map(|i| {
                self.sample(batch, i)
                    .map_err(|e| e.context(format!("sample {}", names[i])))
            })
            .collect()
    }

    /// What decides how frames are made of events, as text. It changes whenever frames of the same events would.
    pub(crate) fn description(&self) -> String {
        let Framer {
            framing,
            steps,
            sensor,
            frame,
        } = self;
        format!("{framing:?} steps {steps} sensor {sensor:?} frame {frame:?}")
    }

    pub(crate) fn steps(&self) -> usize {
        self.steps
    }

    /// Cells of a frame.
    pub(crate) fn cells(&self) -> usize {
        self.frame.iter().product()
    }

    /// Whether cells have values other than 0 and 1.
    pub(crate) fn has_values(&self) -> bool {
        !self.framing.binary || self.framing.signed
    }

    fn sample(&self, batch: &EventBatch, index: usize) -> Result<Framed> {
        let all = Recording::of(batch, index);
        all.check(self.sensor)?;
        let kept = self.framing.denoise.map(|filter| denoise::keep(all, filter));
        let recording = kept.as_ref().map_or(all, |kept| Recording {
            t: &kept.t,
            x: &kept.x,
            y: &kept.y,
            p: &kept.p,
        });
        let slices = slices::slices(recording.t, self.framing.slicing, self.steps);
        let mut framed = Framed {
            spikes: Spikes::with_room(self.steps, 1),
            values: Vec::new(),
        };
        let mut seen = vec![0_u64; self.cells().div_ceil(64)];
        let mut sums = vec![0_i32; if self.has_values() { self.cells() } else { 0 }];
        for slice in slices {
            match self.has_values() {
                true => self.valued(recording, slice, &mut seen, &mut sums, &mut framed),
                false => self.binary(recording, slice, &mut seen, &mut framed.spikes.index),
            }
            framed.spikes.ends.push(framed.spikes.index.len());
        }
        Ok(framed)
    }

    /// Appends the cells that have an event, in ascending order. `seen` is all zeros before and after.
    fn binary(&self, recording: Recording<'_>, slice: Range<usize>, seen: &mut [u64], to: &mut Vec<u32>) {
        for i in slice {
            let cell = self.cell(recording, i);
            seen[cell / 64] |= 1 << (cell % 64);
        }
        take_cells(seen, |cell| to.push(cell));
    }

    /// Appends the cells whose value is not 0, in ascending order, and their values. `seen` and `sums` are all zeros
    /// before and after.
    fn valued(
        &self,
        recording: Recording<'_>,
        slice: Range<usize>,
        seen: &mut [u64],
        sums: &mut [i32],
        to: &mut Framed,
    ) {
        for i in slice {
            let cell = self.cell(recording, i);
            seen[cell / 64] |= 1 << (cell % 64);
            let off = self.framing.signed && recording.p[i] == 0;
            sums[cell] = sums[cell].saturating_add(if off { -1 } else { 1 });
        }
        let limit = match self.framing.binary {
            true => 1,
            false => self
                .framing
                .clamp
                .map_or(i32::MAX, |c| i32::try_from(c).unwrap_or(i32::MAX)),
        };
        take_cells(seen, |cell| {
            let sum = std::mem::take(&mut sums[cell as usize]);
            if sum != 0 {
                to.spikes.index.push(cell);
                to.values.push(sum.clamp(-limit, limit));
            }
        });
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
        let channel = match channels {
            1 => 0,
            _ => usize::from(recording.p[i]),
        };
        (channel * rows + y) * cols + x
    }
}

/// Calls `body` with the bits that are set, in ascending order, and clears them.
fn take_cells(seen: &mut [u64], mut body: impl FnMut(u32)) {
    for (word, bits) in seen.iter_mut().enumerate() {
        while *bits != 0 {
            body((word * 64) as u32 + bits.trailing_zeros());
            *bits &= *bits - 1;
        }
    }
}

/// The input of a batch, of the frames of its samples. `valued` tells whether cells have values other than 0 and 1.
pub(crate) fn join<R: Real>(
    samples: &[Framed],
    steps: usize,
    cells: usize,
    valued: bool,
    dense: impl Fn(Dense<R>) -> Encoded,
) -> Result<Encoded> {
    let n = samples.len();
    if !valued {
        let spikes = samples.iter().map(|sample| &sample.spikes);
        return Ok(Encoded::Events(assemble(spikes, steps, n, cells)?));
    }
    let mut values = vec![R::ZERO; steps * n * cells];
    for (i, Framed { spikes, values: sums }) in samples.iter().enumerate() {
        let mut start = 0;
        for (step, end) in spikes.ends.iter().enumerate() {
            let row = &mut values[(step * n + i) * cells..][..cells];
            for (cell, sum) in spikes.index[start..*end].iter().zip(&sums[start..*end]) {
                row[*cell as usize] = R::from_f64(f64::from(*sum));
            }
            start = *end;
        }
    }
    Ok(dense(Dense {
        values,
        constant: false,
    }))
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
