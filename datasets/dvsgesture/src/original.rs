//! The original files: long recordings in AEDAT 3.1, each with a list of the gestures in it.

use neurotrain_data_events::gesture::{Gesture, labels};
use neurotrain_data_events::{EventStream, Sensor, aedat3};
use neurotrain_data_files::{Content, sha256, stamp};
use neurotrain_plugin_api::{Error, FileInfo, Result};
use std::path::{Path, PathBuf};

/// The gestures of one split.
#[derive(Debug)]
pub(crate) struct Original {
    pub(crate) dir: PathBuf,
    recordings: Vec<PathBuf>,
    /// Recording and gesture of each sample.
    samples: Vec<(usize, Gesture)>,
    pub(crate) files: Vec<FileInfo>,
    /// Another one when a recording is.
    pub(crate) revision: String,
}

impl Original {
    /// The recordings of `dir` that the list `trials` names.
    pub(crate) fn open(dir: &Path, trials: &str) -> Result<Original> {
        let list = Content::read(&dir.join(trials))?;
        let text = String::from_utf8_lossy(&list.bytes).into_owned();
        let mut original = Original {
            dir: dir.to_owned(),
            recordings: Vec::new(),
            samples: Vec::new(),
            files: vec![list.info()],
            revision: String::new(),
        };
        let mut stamps = String::new();
        for (line, trial) in (1..)
            .zip(text.lines().map(str::trim))
            .filter(|(_, t)| !t.is_empty())
        {
            let stem = trial
                .strip_suffix(".aedat")
                .filter(|stem| !stem.contains(['/', '\\']))
                .ok_or_else(|| {
                    Error::bad_data(format!(
                        "{}: line {line}: `{trial}` is no file name of a recording",
                        list.name
                    ))
                })?;
            let recording = dir.join(trial);
            let meta = std::fs::metadata(&recording)
                .map_err(|e| Error::new("missing-data", format!("{}: {e}", recording.display())))?;
            stamps += &format!("{trial}\t{}\n", stamp(&meta));
            let file = Content::read(&dir.join(format!("{stem}_labels.csv")))?;
            for gesture in labels(&file.name, &file.bytes)? {
                original.samples.push((original.recordings.len(), gesture));
            }
            original.files.push(file.info());
            // Recordings take 3 GB in all: their size is recorded, but no checksum.
            original.files.push(FileInfo {
                name: trial.to_owned(),
                bytes: meta.len(),
                sha256: String::new(),
            });
            original.recordings.push(recording);
        }
        original.revision = sha256(stamps.as_bytes());
        match original.samples.is_empty() {
            true => Err(Error::bad_data(format!("{}: names no recording", list.name))),
            false => Ok(original),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.samples.len()
    }

    /// Events and label of sample `index`, which must be below the number of samples.
    pub(crate) fn read(&self, index: usize, sensor: Sensor) -> Result<(EventStream, u8)> {
        let (recording, gesture) = self.samples[index];
        let file = Content::read(&self.recordings[recording])?;
        let events = aedat3::decode_between(&file.name, &file.bytes, sensor, gesture.start..gesture.end)
            .map_err(|e| {
                e.context(format!(
                    "the gesture from {} to {} µs",
                    gesture.start, gesture.end
                ))
            })?;
        Ok((events, gesture.class))
    }
}
