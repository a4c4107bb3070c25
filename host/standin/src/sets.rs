//! The data sets that can be stood in for.

use crate::content::{ImageStyle, Images, Pattern, Recordings};
use crate::layout::{SpikeFileWriter, aedat2, aedat3, cifar, idx, mat, nmnist, spikes};
use crate::options::Options;
use neurotrain_plugin_api::{Error, Result};
use std::path::Path;

/// A data set.
pub(crate) struct Set {
    pub(crate) key: &'static str,
    /// Samples of the official splits. Some loaders recognise the official files by them.
    pub(crate) official: (usize, usize),
    pub(crate) classes: usize,
    /// Writes the files into a folder and says how many samples they hold.
    pub(crate) write: Write,
}

type Write = fn(&Path, &Options, &dyn SpikeFileWriter) -> Result<(usize, usize)>;

/// The keys of the data sets, in the order in which they are listed.
pub fn keys() -> Vec<&'static str> {
    SETS.iter().map(|set| set.key).collect()
}

/// The data set called `key`, whatever the case.
pub(crate) fn find(key: &str) -> Result<&'static Set> {
    SETS.iter()
        .find(|set| set.key.eq_ignore_ascii_case(key))
        .ok_or_else(|| {
            Error::new(
                "bad-request",
                format!("there is no stand-in for `{key}`, only for {}", keys().join(", ")),
            )
        })
}

const SETS: [Set; 9] = [
    Set {
        key: "MNIST",
        official: (60_000, 10_000),
        classes: 10,
        write: |dir, options, _| idx::write(dir, options, &images("MNIST", 28, ImageStyle::Strokes)),
    },
    Set {
        key: "FashionMNIST",
        official: (60_000, 10_000),
        classes: 10,
        write: |dir, options, _| idx::write(dir, options, &images("FashionMNIST", 28, ImageStyle::Blobs)),
    },
    Set {
        key: "CIFAR10",
        official: (50_000, 10_000),
        classes: 10,
        write: |dir, options, _| {
            cifar::write(dir, options, &images("CIFAR10", 32, ImageStyle::ColouredBlobs))
        },
    },
    Set {
        key: "SVHN",
        official: (73_257, 26_032),
        classes: 10,
        write: |dir, options, _| mat::write(dir, options, &images("SVHN", 32, ImageStyle::ColouredStrokes)),
    },
    Set {
        key: "NMNIST",
        official: (60_000, 10_000),
        classes: 10,
        write: |dir, options, _| nmnist::write(dir, options, &lines("NMNIST", 34, 10, 300_000, 1000.0)),
    },
    Set {
        key: "DVSGesture",
        official: (1176, 288),
        classes: 11,
        write: |dir, options, _| aedat3::write(dir, options, &lines("DVSGesture", 128, 11, 600_000, 2000.0)),
    },
    Set {
        key: "DVSCIFAR10",
        official: (9000, 1000),
        classes: 10,
        write: |dir, options, _| aedat2::write(dir, options, &lines("DVSCIFAR10", 128, 10, 600_000, 2000.0)),
    },
    Set {
        key: "SHD",
        official: (8156, 2264),
        classes: 20,
        write: |dir, options, to| spikes::write(dir, options, &bands("SHD", 20), &spikes::SHD, to),
    },
    Set {
        key: "SSC",
        official: (75_466, 20_382),
        classes: 35,
        write: |dir, options, to| spikes::write(dir, options, &bands("SSC", 35), &spikes::SSC, to),
    },
];

fn images(key: &'static str, side: usize, style: ImageStyle) -> Images {
    Images { key, side, style }
}

/// An event camera of `side` × `side` pixels.
fn lines(key: &'static str, side: u16, classes: usize, duration: u32, events: f64) -> Recordings {
    Recordings {
        key,
        width: side,
        height: side,
        classes,
        duration,
        events,
        pattern: Pattern::Line,
    }
}

/// The channels of an artificial cochlea.
fn bands(key: &'static str, classes: usize) -> Recordings {
    Recordings {
        key,
        width: 700,
        height: 1,
        classes,
        duration: 800_000,
        events: 1500.0,
        pattern: Pattern::Bands,
    }
}
