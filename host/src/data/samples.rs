//! Going through the samples of a data set, everything checked.

use neurotrain_loader::{Decoded, Recording, Source, Values};
use neurotrain_plugin_api::Result;

/// One sample.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sample<'a> {
    /// Values of one or several steps, `[T, ..shape]`.
    Bytes(&'a [u8]),
    /// The same.
    Reals(&'a [f32]),
    /// A recording.
    Events(Recording<'a>),
}

/// Samples read at a time: few where each is large.
const VALUES_AT_ONCE: usize = 256;
const RECORDINGS_AT_ONCE: usize = 16;

/// Samples of recordings that are looked at when nobody says how many.
const USUAL_RECORDINGS: usize = 2000;

/// The indices of `wanted` samples of `count`, evenly spaced: all for 0, the usual number for none.
pub(super) fn chosen(source: &Source, count: usize, wanted: Option<usize>) -> Vec<u64> {
    let usual = if source.gives_events() {
        USUAL_RECORDINGS
    } else {
        0
    };
    let n = match wanted.unwrap_or(usual) {
        0 => count,
        n => n.min(count),
    };
    (0..n).map(|i| (i * count / n.max(1)) as u64).collect()
}

/// Calls `visit` with label and sample for each of `indices`, in order.
///
/// # Errors
/// What is wrong with the data set, naming the sample; and those of `visit`.
pub(super) fn walk(
    source: &Source,
    split: &str,
    indices: &[u64],
    visit: &mut dyn FnMut(usize, Sample<'_>) -> Result<()>,
) -> Result<()> {
    let at_once = if source.gives_events() {
        RECORDINGS_AT_ONCE
    } else {
        VALUES_AT_ONCE
    };
    for part in indices.chunks(at_once) {
        let Decoded { values, labels } = source.read(split, part)?;
        for (i, label) in labels.iter().enumerate() {
            // Labels are in range, see `Source::read`.
            let label = *label as usize;
            let sample = match &values {
                Values::Bytes(values) => {
                    let unit = values.len() / part.len();
                    Sample::Bytes(&values[i * unit..][..unit])
                }
                Values::Reals(values) => {
                    let unit = values.len() / part.len();
                    Sample::Reals(&values[i * unit..][..unit])
                }
                Values::Events(batch) => {
                    let events = Recording::of(batch, i);
                    let (rows, cols) = sensor(source);
                    events
                        .check([rows, cols])
                        .map_err(|e| e.context(format!("sample {} of `{split}`", part[i])))?;
                    Sample::Events(events)
                }
            };
            visit(label, sample)?;
        }
    }
    Ok(())
}

/// Rows and columns of the sensor; 0 where there is none.
pub(super) fn sensor(source: &Source) -> (usize, usize) {
    match source.info().sensor[..] {
        [rows, cols] => (rows, cols),
        _ => (0, 0),
    }
}
