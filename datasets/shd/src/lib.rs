//! Recordings of spikes in HDF5: the Heidelberg data sets `SHD` and `SSC`, and files of the same layout (`EventsHDF5`).

mod custom;
mod file;
mod heidelberg;
mod recordings;
mod speakers;

pub use custom::EventsHdf5;
pub use heidelberg::{Shd, Ssc};

neurotrain_plugin_api::export_plugin!(datasets: [Shd, Ssc, EventsHdf5]);
