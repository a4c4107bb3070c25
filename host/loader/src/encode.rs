//! From decoded samples to the input of a batch, before it becomes a tensor.

use crate::augment::Change;
use crate::coding::{Coding, DeltaCode, TimedCoder, differences};
use crate::config::LoaderConfig;
use crate::dense::{DirectCoder, Frames, time_first};
use crate::framing::Framer;
use crate::rate::RateCoder;
use crate::recordings::Recordings;
use crate::source::{Source, Values};
use crate::splits::Split;
use neurotrain_kernels::{Events, Real};
use neurotrain_plugin_api::{Error, Result};

/// The input of a batch on the host's side.
#[derive(Debug)]
pub(crate) enum Encoded {
    /// Spikes `[T * N, elements]`.
    Events(Events),
    /// Values in single precision.
    F32(Dense<f32>),
    /// Values in double precision.
    F64(Dense<f64>),
}

/// Values `[N, elements]` that hold at every step (`constant`), or `[T, N, elements]`.
#[derive(Debug)]
pub(crate) struct Dense<R> {
    pub(crate) values: Vec<R>,
    pub(crate) constant: bool,
}

/// The coder that a configuration asks for.
#[derive(Debug)]
pub(crate) struct Encoder {
    method: Method,
    steps: usize,
    seed: u64,
    augment: bool,
    random_test: bool,
    double: bool,
}

#[derive(Debug)]
enum Method {
    Rate(RateCoder),
    Direct(DirectCoder),
    Timed(TimedCoder),
    Sequence {
        len: usize,
        scale: f64,
        delta: Option<DeltaCode>,
    },
    Events(Recordings),
}

impl Encoder {
    /// `double` asks for double precision.
    pub(crate) fn new(source: &Source, config: &LoaderConfig, double: bool) -> Self {
        let info = source.info();
        let method = if source.gives_events() {
            Method::Events(Recordings::new(
                Framer::new(info, config.framing, config.steps),
                config.cache.clone(),
            ))
        } else if source.has_time() {
            Method::Sequence {
                len: source.sample_len(),
                scale: info.scale,
                delta: match config.coding {
                    Coding::Delta(code) => Some(code),
                    _ => None,
                },
            }
        } else if let Some(coder) = TimedCoder::new(config.coding, info, config.steps) {
            Method::Timed(coder)
        } else {
            match config.coding {
                Coding::Direct => Method::Direct(DirectCoder::new(info)),
                _ => Method::Rate(RateCoder::new(info, config.steps)),
            }
        };
        Encoder {
            method,
            steps: config.steps,
            seed: config.seed,
            augment: config.augment,
            random_test: config.random_test,
            double,
        }
    }

    /// Whether the same frame holds at every step.
    pub(crate) fn is_constant(&self) -> bool {
        matches!(self.method, Method::Direct(_))
    }

    /// The input and the labels of the samples numbered `samples` of `part`, a split of the data set, which are used as
    /// `split` in `epoch`.
    pub(crate) fn batch(
        &self,
        source: &Source,
        part: &str,
        samples: &[u64],
        split: Split,
        epoch: u64,
    ) -> Result<(Encoded, Vec<i64>)> {
        if let Method::Events(recordings) = &self.method {
            return recordings.batch(source, part, samples, self.double);
        }
        let decoded = source.read(part, samples)?;
        let input = self.encode(&decoded.values, samples, split, epoch)?;
        Ok((input, decoded.labels))
    }

    fn encode(&self, values: &Values, samples: &[u64], split: Split, epoch: u64) -> Result<Encoded> {
        match &self.method {
            Method::Rate(coder) => {
                let fresh = split == Split::Train || self.random_test;
                let stream = match fresh {
                    true => format!("loader.rate.{split}.{epoch}"),
                    false => format!("loader.rate.{split}"),
                };
                coder
                    .encode(values, samples, self.seed, &stream)
                    .map(Encoded::Events)
            }
            Method::Direct(coder) => {
                let augmentation = coder
                    .augmentation
                    .filter(|_| self.augment && split == Split::Train);
                let change = |i: usize| match &augmentation {
                    Some(augmentation) => augmentation.change(self.seed, epoch, samples[i]),
                    None => Change::default(),
                };
                let n = samples.len();
                Ok(match self.double {
                    true => Encoded::F64(Dense {
                        values: coder.encode(values, n, change),
                        constant: true,
                    }),
                    false => Encoded::F32(Dense {
                        values: coder.encode(values, n, change),
                        constant: true,
                    }),
                })
            }
            // Recordings are framed, never coded.
            Method::Events(_) => Err(Error::new("host-fault", "recordings have no values to be coded")),
            Method::Timed(coder) => coder.encode(values, samples.len()).map(Encoded::Events),
            Method::Sequence { len, scale, delta } => {
                let (n, len) = (samples.len(), *len);
                match self.double {
                    true => {
                        let frames = time_first(values, n, self.steps, len, *scale)?;
                        Ok(sequence(changes(frames, *delta, n, len), Encoded::F64))
                    }
                    false => {
                        let frames = time_first(values, n, self.steps, len, *scale)?;
                        Ok(sequence(changes(frames, *delta, n, len), Encoded::F32))
                    }
                }
            }
        }
    }
}

/// Frames `[T, N, len]`, or where they change.
fn changes<R: Real>(mut frames: Vec<R>, delta: Option<DeltaCode>, samples: usize, len: usize) -> Frames<R> {
    if let Some(code) = delta {
        differences(code, &mut frames, samples * len);
    }
    let rows = frames.len() / len.max(1);
    match Events::from_dense(&frames, rows, len) {
        Some(events) => Frames::Events(events),
        None => Frames::Dense(frames),
    }
}

fn sequence<R: Real>(frames: Frames<R>, dense: impl Fn(Dense<R>) -> Encoded) -> Encoded {
    match frames {
        Frames::Events(events) => Encoded::Events(events),
        Frames::Dense(values) => dense(Dense {
            values,
            constant: false,
        }),
    }
}
