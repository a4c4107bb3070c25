//! Arrays of HDF5 files other than runs: what data sets read, and spikes that the host writes.

mod heap;
mod numbers;
mod reader;
mod spikes;
mod texts;

pub use reader::ArrayReader;
pub use spikes::{SpikeFile, write_spikes};
