//! Splits by speaker: nobody who is tested has been heard in training.

use crate::file::SpikeFile;
use neurotrain_plugin_api::{Config, Error, Result};
use std::collections::BTreeMap;

/// The share of recordings that a speaker held out for validation comes nearest to.
const SHARE: f64 = 0.1;

/// Divides `rows` of `file` into those of other speakers and those of `held_out`.
///
/// # Errors
/// `bad-config` when a speaker has no recordings or all of them; `bad-data` when the file names no speakers.
pub(crate) fn hold_out(file: &SpikeFile, rows: &[u64], held_out: &[u16]) -> Result<(Vec<u64>, Vec<u64>)> {
    let counts = count(file, rows)?;
    let known: Vec<String> = counts.keys().map(ToString::to_string).collect();
    if let Some(speaker) = held_out.iter().find(|s| !counts.contains_key(s)) {
        return Err(Error::new(
            "bad-config",
            format!(
                "{}: there are no recordings of speaker {speaker}, only of {}",
                file.path.display(),
                known.join(", ")
            ),
        ));
    }
    let (out, rest): (Vec<u64>, Vec<u64>) = rows
        .iter()
        .partition(|row| held_out.contains(&file.speakers[**row as usize]));
    if rest.is_empty() {
        return Err(Error::new(
            "bad-config",
            format!(
                "{}: every speaker ({}) is held out, and none is left for training",
                file.path.display(),
                known.join(", ")
            ),
        ));
    }
    Ok((rest, out))
}

/// The speaker whose number of recordings is nearest to a tenth of `rows`; the lower number of several.
///
/// # Errors
/// `bad-data` when the file names no speakers, or one alone.
pub(crate) fn typical(file: &SpikeFile, rows: &[u64]) -> Result<u16> {
    let counts = count(file, rows)?;
    let wanted = rows.len() as f64 * SHARE;
    let distance = |n: usize| (n as f64 - wanted).abs();
    let best = counts
        .iter()
        .min_by(|a, b| distance(*a.1).total_cmp(&distance(*b.1)));
    match best {
        Some((speaker, _)) if counts.len() > 1 => Ok(*speaker),
        _ => Err(Error::bad_data(format!(
            "{}: there is one speaker alone, who cannot be held out",
            file.path.display()
        ))
        .with_hint("set `random_validation` to true")),
    }
}

fn count(file: &SpikeFile, rows: &[u64]) -> Result<BTreeMap<u16, usize>> {
    if file.speakers.is_empty() {
        return Err(Error::bad_data(format!(
            "{}: there is no array `extra/speaker`, so recordings cannot be divided by speaker",
            file.path.display()
        ))
        .with_hint("divide them at random instead, or add the array"));
    }
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(file.speakers[*row as usize]).or_insert(0) += 1;
    }
    Ok(counts)
}

/// The numbers of speakers in a parameter; none where it is absent.
///
/// # Errors
/// `bad-config` for a number that is none of a speaker.
pub(crate) fn listed(config: &Config, key: &str) -> Result<Vec<u16>> {
    let given = match config.get(key) {
        Some(_) => config.usizes(key)?,
        None => Vec::new(),
    };
    let numbers = given.into_iter().map(|s| {
        u16::try_from(s).map_err(|_| Error::new("bad-config", format!("`{key}` holds {s}, above 65535")))
    });
    numbers.collect()
}
