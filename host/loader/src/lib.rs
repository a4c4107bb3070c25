//! From a data set plugin to batches: splits, order, coding into spikes, augmentation, loading ahead.
//!
//! Every random choice is a pure function of (seed, purpose, index): batches depend neither on the number of threads,
//! nor on loading ahead, nor on where a run was resumed.

mod augment;
mod batch;
mod cache;
mod coding;
mod config;
mod dense;
mod encode;
mod epoch;
mod framing;
mod lanes;
mod loader;
mod prefetch;
mod rate;
mod recording;
mod recordings;
mod scaling;
mod source;
mod splits;

pub use batch::Batch;
pub use cache::{CacheFolder, CachedEntry, DEFAULT_CACHE_BYTES, FrameCache, Freed};
pub use coding::{BurstCode, Coding, DeltaCode, LatencyCode};
pub use config::LoaderConfig;
pub use epoch::Epoch;
pub use loader::Loader;
pub use recording::Recording;
pub use source::{Decoded, Source, Values};
pub use splits::{Split, SplitInfo};
