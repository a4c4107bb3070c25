//! Stand-ins for data sets: files in the exact official layout, with content that is made up but can be learned, so that
//! every loader and every campaign runs without a download.
//!
//! Nothing here imitates real data, and no figure measured on it says anything about the real set. A marker file
//! beside the files makes every loader call them `stand-in N/M`, in tables and archives.
//!
//! # What is made up
//!
//! Everything is a function of the seed, through the streams of `neurotrain_plugin_api::rng`.
//!
//! *Images* differ in space. A class is a pattern: strokes (MNIST, SVHN) or blobs (FashionMNIST, CIFAR10, there with a
//! colour of the class). A sample is its pattern, moved, bent and dimmed at random, with noise; one in eight also shows
//! the pattern of another class, so that not all can be told.
//!
//! *Recordings* differ in space, in rate or in timing. The last classes come in threes that share a place: the first
//! triples differ only in how many events there are, the other ones only in when they come, early, in the middle or
//! late, with the same numbers of events. The other classes have a place each. A place is a line that crosses the
//! sensor, or a set of bands of channels. All recordings of a set start and end with the same flash in a corner, so
//! that their time, divided into frames, tells nothing of the class by itself.

mod content;
mod layout;
mod options;
mod sets;
mod write;

pub use layout::{NoSpikeFiles, SpikeFile, SpikeFileWriter};
pub use options::{Options, Report};
pub use sets::keys;
pub use write::write;
