//! Data sets.

use crate::abi::Bundle;
use crate::{Component, Config, Ctx, EventBatch, Result};
use serde::{Deserialize, Serialize};

/// A data set: decodes files into samples. Coding into spikes, splitting off validation data, shuffling,
/// augmentation, batching and caching are the host's.
pub trait Dataset: Send + Sync + Sized + 'static {
    /// The key used in campaigns, for instance `MNIST`.
    const KEY: &'static str;

    /// What the data set says about itself. Include [`coding_params`](crate::coding_params) among the parameters, or
    /// [`event_params`](crate::event_params) when its samples are events.
    fn manifest() -> Component;

    /// Finds and decodes (or opens) the files. A missing file is an error that lists where it was looked
    /// for; a damaged one names file and offset.
    fn open(config: &Config, ctx: &Ctx) -> Result<Self>;

    /// Splits, shapes and encoding.
    fn info(&self) -> DatasetInfo;

    /// Samples of `split` by index.
    fn read(&self, split: &str, indices: &[u64]) -> Result<Samples>;
}

/// What is known of a data set once open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DatasetInfo {
    /// `image` (one static frame), `frames` (`[T, ..]` per sample), `events`, or `features`.
    pub kind: String,
    /// Shape of one sample at one step: `[C, H, W]` or `[n]`.
    pub shape: Vec<usize>,
    /// Number of classes.
    pub classes: usize,
    /// Their names, if they have any.
    pub class_names: Vec<String>,
    /// Splits in the files: name and number of samples. `train` and `test` are expected; `validation` is
    /// used where present, and split off `train` by the host otherwise.
    pub splits: Vec<(String, usize)>,
    /// Factor that maps stored values to `[0, 1]`: 1/255 for bytes.
    pub scale: f64,
    /// Mean per channel after scaling, for direct coding.
    pub mean: Vec<f64>,
    /// Standard deviation per channel after scaling.
    pub std: Vec<f64>,
    /// Files that were opened, for the archive: path, bytes, sha256.
    pub files: Vec<FileInfo>,
    /// Whether the content is synthetic or a subset: shown wherever results are reported; empty for the
    /// full official data.
    pub variant: String,
    /// Licence of the data and whom to credit.
    pub attribution: String,
    /// Whether training images may be mirrored.
    pub flip: bool,
    /// Zero padding of a random crop in training with direct coding; 0 for none.
    pub crop_padding: usize,
    /// Whether rate coding takes its probabilities from the standardised values instead of those in
    /// `[0, 1]` (clamped in both cases).
    pub rate_from_standardised: bool,
    /// Rows and columns of the sensor when samples are [`Samples::Events`]; `shape` is then that of a frame,
    /// see [`EventFraming::shape`](crate::EventFraming::shape).
    pub sensor: Vec<usize>,
    /// What beside `files`, the parameters and the plugin itself decides what [`read`](Dataset::read) gives: times of
    /// files that were not read as a whole, a seed that divides samples; `files` when there is nothing. The host keeps
    /// frames of events between runs only where this says something, since it could not notice a change otherwise.
    pub revision: String,
}

/// A file of a data set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileInfo {
    /// Name within the data set.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// Samples as a data set decodes them.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Bytes `[N, ..shape]`.
    Bytes {
        /// Values in row-major order.
        values: Vec<u8>,
        /// Labels `[N]`.
        labels: Vec<i64>,
    },
    /// Single-precision numbers `[N, ..shape]`, or `[N, T, ..shape]` for frames.
    Reals {
        /// Values in row-major order.
        values: Vec<f32>,
        /// Labels `[N]`.
        labels: Vec<i64>,
    },
    /// Recordings of an event camera, of which the host makes frames.
    Events {
        /// The events of N samples.
        events: EventBatch,
        /// Labels `[N]`.
        labels: Vec<i64>,
    },
}

impl Samples {
    /// As it crosses the boundary: `labels`, and `values` or the lists of an [`EventBatch`].
    pub fn into_bundle(self) -> Bundle {
        let mut bundle = Bundle::new();
        match self {
            Samples::Bytes { values, labels } => {
                bundle.put_bytes("values", &[values.len()], values);
                bundle.put_ints("labels", &labels);
            }
            Samples::Reals { values, labels } => {
                bundle.put_f32s("values", &[values.len()], &values);
                bundle.put_ints("labels", &labels);
            }
            Samples::Events { events, labels } => {
                events.put(&mut bundle);
                bundle.put_ints("labels", &labels);
            }
        }
        bundle
    }
}
