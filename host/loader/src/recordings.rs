//! Frames of recordings: out of the cache, or decoded and framed when they are asked for.

use crate::cache::{Entry, FrameCache, open_or_build};
use crate::encode::Encoded;
use crate::framing::{Framed, Framer, join};
use crate::source::{Source, Values};
use neurotrain_plugin_api::{Error, Result};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::sync::{Arc, Mutex, PoisonError};

/// Recordings that one task decodes and frames.
const CHUNK: usize = 8;

/// Samples that one task takes out of the cache.
const CACHED_CHUNK: usize = 32;

/// Gives the frames of a data set of events.
#[derive(Debug)]
pub(crate) struct Recordings {
    framer: Framer,
    cache: Option<FrameCache>,
    /// What was found out of the cache, per split of the data set: opened when it is first used.
    opened: Mutex<Vec<(String, Option<Arc<Entry>>)>>,
}

impl Recordings {
    pub(crate) fn new(framer: Framer, cache: Option<FrameCache>) -> Self {
        Recordings {
            framer,
            cache,
            opened: Mutex::default(),
        }
    }

    /// The input of a batch of samples of `part`, a split of the data set, and their labels.
    pub(crate) fn batch(
        &self,
        source: &Source,
        part: &str,
        samples: &[u64],
        double: bool,
    ) -> Result<(Encoded, Vec<i64>)> {
        let kept = match self.entry(source, part)? {
            Some(entry) => self.kept(&entry, part, samples),
            None => None,
        };
        let (framed, labels) = match kept {
            Some(found) => found,
            None => decoded(source, &self.framer, part, samples)?,
        };
        let (steps, cells, valued) = (self.framer.steps(), self.framer.cells(), self.framer.has_values());
        let input = match double {
            true => join(&framed, steps, cells, valued, Encoded::F64),
            false => join(&framed, steps, cells, valued, Encoded::F32),
        };
        Ok((input?, labels))
    }

    fn entry(&self, source: &Source, part: &str) -> Result<Option<Arc<Entry>>> {
        let Some(cache) = &self.cache else { return Ok(None) };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, entry)) = opened.iter().find(|(name, _)| name == part) {
            return Ok(entry.clone());
        }
        let entry = open_or_build(cache, source, &self.framer, part)?.map(Arc::new);
        opened.push((part.to_owned(), entry.clone()));
        Ok(entry)
    }

    /// None when the entry is damaged, which is not used again then.
    fn kept(&self, entry: &Entry, part: &str, samples: &[u64]) -> Option<(Vec<Framed>, Vec<i64>)> {
        let found: Option<(Vec<Framed>, Vec<i64>)> = samples
            .par_iter()
            .with_min_len(CACHED_CHUNK)
            .map(|sample| entry.sample(*sample))
            .collect();
        if found.is_none() {
            let path = entry.path();
            // The next run builds it again.
            let removed = std::fs::remove_file(path).is_ok();
            tracing::warn!(
                "{} is damaged{}; recordings are decoded whenever they are used",
                path.display(),
                if removed { " and has been removed" } else { "" }
            );
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened
                .iter_mut()
                .filter(|(name, _)| name == part)
                .for_each(|(_, entry)| *entry = None);
        }
        found
    }
}

/// The frames of samples of `part`, in their order, and the labels; the first error in that order.
pub(crate) fn decoded(
    source: &Source,
    framer: &Framer,
    part: &str,
    samples: &[u64],
) -> Result<(Vec<Framed>, Vec<i64>)> {
    let chunks: Vec<Result<_>> = (0..samples.len().div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let first = chunk * CHUNK;
            let samples = &samples[first..samples.len().min(first + CHUNK)];
            let read = source.read(part, samples)?;
            match read.values {
                Values::Events(events) => Ok((framer.frames(&events, samples)?, read.labels)),
                _ => Err(Error::new(
                    "bad-plugin",
                    "the data set gave values where events were expected",
                )),
            }
        })
        .collect();
    let (mut frames, mut labels) = (
        Vec::with_capacity(samples.len()),
        Vec::with_capacity(samples.len()),
    );
    for chunk in chunks {
        let (more, of_them) = chunk?;
        frames.extend(more);
        labels.extend(of_them);
    }
    Ok((frames, labels))
}
