//! Decoders of the file formats of event cameras.
//!
//! Each takes the content of a file and gives an [`EventStream`]. What is wrong with a file is an error that names file
//! and byte offset: truncation, a wrong magic number, coordinates outside of the sensor, times that go backwards, no
//! events at all. Nothing panics, and nothing is allocated by a count that a file states before the bytes for it have
//! been seen.

mod info;
mod stream;

pub mod aedat2;
pub mod aedat3;
pub mod aedat4;
pub mod dat;
pub mod gesture;
pub mod nmnist;
pub mod npy;

mod flatbuffer;

pub use info::event_info;
pub use stream::{EventStream, Sensor};
