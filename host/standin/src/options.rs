//! What is asked for, and what came of it.

use neurotrain_plugin_api::{Error, Result};
use std::path::PathBuf;

/// How much is made up, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Training samples; rounded up where a layout has them in groups.
    pub train: usize,
    /// Test samples, likewise.
    pub test: usize,
    /// The same seed gives the same bytes.
    pub seed: u64,
}

impl Default for Options {
    /// Small enough for all data sets to be written in seconds and trained in minutes.
    fn default() -> Self {
        Options {
            train: 600,
            test: 100,
            seed: 1,
        }
    }
}

/// A stand-in that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The key of the data set.
    pub key: &'static str,
    /// Its folder.
    pub folder: PathBuf,
    /// Training samples.
    pub train: usize,
    /// Test samples.
    pub test: usize,
    /// Bytes of all files.
    pub bytes: u64,
}

impl Options {
    /// Refuses numbers of samples that make no data set of `classes` classes, or just as many as the official one has.
    ///
    /// # Errors
    /// `bad-request`.
    pub(crate) fn check(&self, key: &str, classes: usize, official: (usize, usize)) -> Result<()> {
        let refuse = |why: String| Err(Error::new("bad-request", format!("stand-in of {key}: {why}")));
        for (split, n) in [("training", self.train), ("test", self.test)] {
            if !(classes..=MAX_SAMPLES).contains(&n) {
                return refuse(format!(
                    "{n} {split} samples; {classes} classes take from {classes} to {MAX_SAMPLES}"
                ));
            }
        }
        if (self.train, self.test) == official {
            return refuse(format!(
                "{}/{} samples are as many as the official data set has, for which it must not be taken",
                self.train, self.test
            ));
        }
        Ok(())
    }
}

/// More than any official set of images has.
const MAX_SAMPLES: usize = 100_000;
