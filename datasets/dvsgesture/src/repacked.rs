//! The files of tonic: an array per gesture, with times in milliseconds.

use neurotrain_data_events::gesture::CLASSES;
use neurotrain_data_events::{EventStream, Sensor, npy};
use neurotrain_data_files::Tree;
use neurotrain_plugin_api::{Error, Result};
use std::path::Path;

/// The gestures of one split.
#[derive(Debug)]
pub(crate) struct Repacked {
    pub(crate) tree: Tree,
    labels: Vec<u8>,
}

/// Microseconds of a unit of time.
const UNIT: f64 = 1000.0;

impl Repacked {
    /// The folder `path`; the name of a file is its label.
    pub(crate) fn open(path: &Path) -> Result<Repacked> {
        let tree = Tree::open(path, "npy")?;
        let label = |path: &str| {
            let stem = path.rsplit('/').next().and_then(|name| name.strip_suffix(".npy"));
            stem.and_then(|s| s.parse::<u8>().ok()).filter(|l| *l < CLASSES)
        };
        let labels = tree.members().iter().map(|member| {
            label(&member.path).ok_or_else(|| {
                Error::bad_data(format!(
                    "{}: {} is not called after a label from 0 to {}",
                    path.display(),
                    member.path,
                    CLASSES - 1
                ))
            })
        });
        Ok(Repacked {
            labels: labels.collect::<Result<_>>()?,
            tree,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Events and label of sample `index`, which must be below the number of samples.
    pub(crate) fn read(&self, index: usize, sensor: Sensor) -> Result<(EventStream, u8)> {
        let file = self.tree.read(index)?;
        Ok((
            npy::decode(&file.name, &file.bytes, sensor, UNIT)?,
            self.labels[index],
        ))
    }
}
