//! SHD and SSC: HDF5 files, which whoever links HDF5 writes.

use crate::content::{Recordings, Split, labels};
use crate::options::Options;
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{Error, Result};
use std::path::Path;

/// The content of a file of the Heidelberg data sets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpikeFile {
    /// `spikes/times`: seconds, for each recording in the order of time.
    pub times: Vec<Vec<f32>>,
    /// `spikes/units`: channels below 700, for each recording.
    pub units: Vec<Vec<u16>>,
    /// `labels`.
    pub labels: Vec<u16>,
    /// `extra/speaker`.
    pub speakers: Vec<u16>,
    /// `extra/keys`: the names of the classes.
    pub keys: Vec<String>,
}

/// Writes HDF5 files.
pub trait SpikeFileWriter {
    /// Writes `file` to `path`, times in half precision.
    ///
    /// # Errors
    /// When it cannot.
    fn write(&self, path: &Path, file: &SpikeFile) -> Result<()>;
}

/// Writes none: SHD and SSC are errors.
#[derive(Debug, Clone, Copy)]
pub struct NoSpikeFiles;

impl SpikeFileWriter for NoSpikeFiles {
    fn write(&self, path: &Path, _: &SpikeFile) -> Result<()> {
        let why = format!("{}: this program writes no HDF5 files", path.display());
        Err(Error::new("unsupported", why))
    }
}

/// The files of a data set and their splits.
pub(crate) type Files = [(&'static str, Split)];

pub(crate) const SHD: [(&str, Split); 2] = [("shd_train.h5", Split::Train), ("shd_test.h5", Split::Test)];
pub(crate) const SSC: [(&str, Split); 3] = [
    ("ssc_train.h5", Split::Train),
    ("ssc_valid.h5", Split::Validation),
    ("ssc_test.h5", Split::Test),
];

/// Speakers, of whom two are heard in the test split alone.
const SPEAKERS: u64 = 12;

/// A validation split, where there is one, is as large as the test split.
pub(crate) fn write(
    dir: &Path,
    options: &Options,
    recordings: &Recordings,
    files: &Files,
    to: &dyn SpikeFileWriter,
) -> Result<(usize, usize)> {
    for (name, split) in files {
        let n = match split {
            Split::Train => options.train,
            Split::Validation | Split::Test => options.test,
        };
        let labels = labels(recordings.key, *split, n, recordings.classes, options.seed);
        let mut file = SpikeFile {
            keys: (0..recordings.classes).map(|c| format!("made up {c}")).collect(),
            ..SpikeFile::default()
        };
        let purpose = split.purpose(recordings.key, "speakers");
        let mut speakers = Stream::new(options.seed, &purpose, 0);
        for (i, label) in labels.into_iter().enumerate() {
            let events = recordings.recording(*split, i, label, options.seed);
            file.times.push(events.iter().map(|e| e.t as f32 / 1e6).collect());
            file.units.push(events.iter().map(|e| e.x).collect());
            file.labels.push(label.into());
            let heard = match split {
                Split::Test => SPEAKERS,
                Split::Train | Split::Validation => SPEAKERS - 2,
            };
            file.speakers.push(speakers.below(heard) as u16);
        }
        to.write(&dir.join(name), &file)?;
    }
    Ok((options.train, options.test))
}
