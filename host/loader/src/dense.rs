//! Direct coding, and data that brings time steps of its own.

use crate::augment::{Augmentation, Change};
use crate::scaling::Scaling;
use crate::source::Values;
use neurotrain_kernels::{Events, Real};
use neurotrain_plugin_api::{DatasetInfo, Error, Result};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Turns static samples into standardised frames.
#[derive(Debug)]
pub(crate) struct DirectCoder {
    scaling: Scaling,
    pub(crate) augmentation: Option<Augmentation>,
}

impl DirectCoder {
    pub(crate) fn new(info: &DatasetInfo) -> Self {
        DirectCoder {
            scaling: Scaling::new(info),
            augmentation: Augmentation::new(info),
        }
    }

    /// Frames `[N, elements]`; `change` gives the augmentation of sample i of the batch.
    pub(crate) fn encode<R: Real>(
        &self,
        values: &Values,
        samples: usize,
        change: impl Fn(usize) -> Change + Sync,
    ) -> Vec<R> {
        let len = self.scaling.channels() * self.scaling.plane;
        let tables: Vec<[R; 256]> = (0..self.scaling.channels())
            .map(|c| std::array::from_fn(|byte| R::from_f64(self.scaling.standard(byte as f64, c))))
            .collect();
        let mut frames = vec![R::ZERO; samples * len];
        frames
            .par_chunks_mut(len)
            .with_min_len(16)
            .enumerate()
            .for_each(|(i, frame)| {
                for (channel, plane) in frame.chunks_mut(self.scaling.plane).enumerate() {
                    let start = i * len + channel * self.scaling.plane;
                    let range = start..start + self.scaling.plane;
                    match values {
                        Values::Bytes(bytes) => {
                            let table = &tables[channel];
                            self.plane(
                                plane,
                                &bytes[range],
                                change(i),
                                |v| table[usize::from(*v)],
                                table[0],
                            );
                        }
                        Values::Reals(reals) => {
                            let map = |v: &f32| R::from_f64(self.scaling.standard(f64::from(*v), channel));
                            self.plane(plane, &reals[range], change(i), map, map(&0.0));
                        }
                        // Recordings are framed, never coded.
                        Values::Events(_) => {}
                    }
                }
            });
        frames
    }

    fn plane<V, R: Real>(&self, to: &mut [R], from: &[V], change: Change, map: impl Fn(&V) -> R, padding: R) {
        let Some(augmentation) = self.augmentation.filter(|_| change != Change::default()) else {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = map(from));
            return;
        };
        for (y, row) in to.chunks_mut(augmentation.width()).enumerate() {
            for (x, to) in row.iter_mut().enumerate() {
                *to = augmentation
                    .origin(change, y, x)
                    .map_or(padding, |i| map(&from[i]));
            }
        }
    }
}

/// Sequences `[T, N, elements]` from samples `[N, T, elements]`.
pub(crate) enum Frames<R> {
    /// Of zeros and ones only.
    Events(Events),
    /// Of any values.
    Dense(Vec<R>),
}

/// Puts time first. Stored values are scaled.
pub(crate) fn time_first<R: Real>(
    values: &Values,
    samples: usize,
    steps: usize,
    len: usize,
    scale: f64,
) -> Result<Vec<R>> {
    let found = values.len() / (samples * len).max(1);
    if found != steps {
        return Err(Error::new(
            "bad-config",
            format!("`T` is {steps}, but the samples of the data set have {found} time steps"),
        )
        .with_hint(format!("set `T` to {found}")));
    }
    let row = |step: usize, sample: usize| {
        let start = (sample * steps + step) * len;
        start..start + len
    };
    let order = || (0..steps).flat_map(move |step| (0..samples).map(move |sample| (step, sample)));
    let mut dense = Vec::with_capacity(values.len());
    match values {
        Values::Bytes(bytes) => {
            let table: [R; 256] = std::array::from_fn(|byte| R::from_f64(byte as f64 * scale));
            order().for_each(|(t, n)| dense.extend(bytes[row(t, n)].iter().map(|v| table[usize::from(*v)])));
        }
        Values::Reals(reals) => order().for_each(|(t, n)| {
            dense.extend(
                reals[row(t, n)]
                    .iter()
                    .map(|v| R::from_f64(f64::from(*v) * scale)),
            )
        }),
        // Recordings are framed, never taken as values.
        Values::Events(_) => {}
    }
    Ok(dense)
}
