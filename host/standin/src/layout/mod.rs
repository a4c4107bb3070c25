//! The official layouts.

pub(crate) mod aedat2;
pub(crate) mod aedat3;
pub(crate) mod cifar;
pub(crate) mod idx;
pub(crate) mod mat;
pub(crate) mod nmnist;
pub(crate) mod spikes;

pub use spikes::{NoSpikeFiles, SpikeFile, SpikeFileWriter};
