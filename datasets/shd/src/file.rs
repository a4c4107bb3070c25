//! One file: `spikes/times` (seconds), `spikes/units`, `labels`, and perhaps `extra/speaker` and `extra/keys`.

use neurotrain_data_files::Content;
use neurotrain_plugin_api::{Ctx, Error, EventBatch, FileInfo, Level, NO_SUCH_ARRAY, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// An open file; spikes are read when asked for.
#[derive(Debug)]
pub(crate) struct SpikeFile {
    pub(crate) path: PathBuf,
    /// Class of each recording.
    pub(crate) labels: Vec<u16>,
    /// Speaker of each recording; none when the file does not say.
    pub(crate) speakers: Vec<u16>,
    /// Names of the classes; none when the file does not say.
    pub(crate) class_names: Vec<String>,
    pub(crate) info: FileInfo,
    warned: AtomicBool,
}

const TIMES: &str = "spikes/times";
const UNITS: &str = "spikes/units";
/// Longer than any recording, in microseconds.
const LONGEST: f64 = 1e9;
/// Files up to this size are hashed; those of SHD and SSC have gigabytes.
const HASHED: u64 = 64 << 20;
/// Recordings that are searched for the highest unit at a time.
const SEARCHED: u64 = 256;

impl SpikeFile {
    pub(crate) fn open(path: PathBuf, ctx: &Ctx) -> Result<Self> {
        let info = describe(&path)?;
        let labels = whole_numbers(&path, "labels", ctx)?;
        if labels.is_empty() {
            return Err(Error::bad_data(format!("{}: `labels` is empty", path.display())));
        }
        let speakers = absent(whole_numbers(&path, "extra/speaker", ctx))?;
        let class_names = absent(ctx.hdf5_texts(&path, "extra/keys"))?;
        let lengths = [
            (TIMES, ctx.hdf5_rows(&path, TIMES)?),
            (UNITS, ctx.hdf5_rows(&path, UNITS)?),
        ];
        let named = (!speakers.is_empty()).then_some(("extra/speaker", speakers.len()));
        if let Some((name, rows)) = lengths.into_iter().chain(named).find(|(_, n)| *n != labels.len()) {
            return Err(Error::bad_data(format!(
                "{}: `labels` has {} rows, but `{name}` has {rows}",
                path.display(),
                labels.len()
            ))
            .with_hint("the file is damaged; replace it"));
        }
        Ok(SpikeFile {
            path,
            labels,
            speakers,
            class_names,
            info,
            warned: AtomicBool::new(false),
        })
    }

    /// Refuses labels that are no class below `classes`.
    pub(crate) fn check_labels(&self, classes: usize) -> Result<()> {
        match self.labels.iter().position(|l| usize::from(*l) >= classes) {
            Some(i) => Err(Error::bad_data(format!(
                "{}: label {} of sample {i} (array `labels`) is not a class below {classes}",
                self.path.display(),
                self.labels[i]
            ))
            .with_hint("the file is damaged or of another data set; replace it")),
            None => Ok(()),
        }
    }

    /// One more than the highest unit.
    pub(crate) fn units(&self, ctx: &Ctx) -> Result<usize> {
        let (mut from, end) = (0, self.labels.len() as u64);
        let mut highest = 0.0_f64;
        while from < end {
            ctx.check_cancelled()?;
            let rows: Vec<u64> = (from..end.min(from + SEARCHED)).collect();
            let units = ctx.hdf5_ragged(&self.path, UNITS, Some(&rows))?;
            highest = units.values.iter().copied().fold(highest, f64::max);
            from += SEARCHED;
        }
        Ok(highest as usize + 1)
    }

    /// Appends recordings `rows` to `events`, as events of a sensor of one row of `units` columns.
    pub(crate) fn read(&self, rows: &[u64], units: usize, events: &mut EventBatch, ctx: &Ctx) -> Result<()> {
        let times = ctx.hdf5_ragged(&self.path, TIMES, Some(rows))?;
        let channels = ctx.hdf5_ragged(&self.path, UNITS, Some(rows))?;
        for (i, row) in rows.iter().enumerate() {
            let start = events.t.len();
            append(times.row(i), channels.row(i), units, events).map_err(|what| {
                Error::bad_data(format!("{}: sample {row}: {what}", self.path.display()))
                    .with_hint("the file is damaged or of another data set; replace it")
            })?;
            if !events.t[start..].is_sorted() {
                self.sort(events, start, *row, ctx);
            }
            events.offsets.push(events.t.len() as u64);
        }
        events.y.resize(events.t.len(), 0);
        events.p.resize(events.t.len(), 0);
        Ok(())
    }

    /// The layout does not promise an order, unlike a stream of a camera: spikes may be stored unit by unit.
    fn sort(&self, events: &mut EventBatch, start: usize, row: u64, ctx: &Ctx) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            let path = self.path.display();
            let message = format!("{path}: the spikes of sample {row} are not in the order of time: sorted");
            ctx.log(Level::Warn, &message);
        }
        let mut pairs: Vec<(i64, u16)> = events.t.drain(start..).zip(events.x.drain(start..)).collect();
        pairs.sort_by_key(|(t, _)| *t);
        events.t.extend(pairs.iter().map(|(t, _)| t));
        events.x.extend(pairs.iter().map(|(_, x)| x));
    }
}

fn append(times: &[f64], channels: &[f64], units: usize, events: &mut EventBatch) -> Result<(), String> {
    if times.len() != channels.len() || times.is_empty() {
        return Err(format!("{} times and {} units", times.len(), channels.len()));
    }
    for (spike, (time, unit)) in times.iter().zip(channels).enumerate() {
        // In double precision: in the half precision of the file all times beyond 65 ms would be infinite.
        let t = time * 1e6;
        if !(0.0..LONGEST).contains(&t) {
            return Err(format!("spike {spike} is at {time} s"));
        }
        if unit.fract() != 0.0 || !(0.0..units as f64).contains(unit) {
            return Err(format!("spike {spike} is of unit {unit}, but there are {units}"));
        }
        events.t.push(t as i64);
        events.x.push(*unit as u16);
    }
    Ok(())
}

fn whole_numbers(path: &Path, name: &str, ctx: &Ctx) -> Result<Vec<u16>> {
    let array = ctx.hdf5_array(path, name)?;
    let numbers = array.values.iter().enumerate().map(|(i, v)| {
        let whole = v.fract() == 0.0 && (0.0..65536.0).contains(v);
        whole.then_some(*v as u16).ok_or_else(|| {
            Error::bad_data(format!(
                "{}: `{name}` is {v} for sample {i}, but must be a whole number from 0 to 65535",
                path.display()
            ))
        })
    });
    numbers.collect()
}

/// Nothing in place of an array that a file need not have.
fn absent<T>(result: Result<Vec<T>>) -> Result<Vec<T>> {
    match result {
        Err(e) if e.code() == NO_SUCH_ARRAY => Ok(Vec::new()),
        other => other,
    }
}

fn describe(path: &Path) -> Result<FileInfo> {
    let bytes = std::fs::metadata(path).map(|m| m.len()).unwrap_or(0);
    if bytes <= HASHED {
        return Ok(Content::read(path)?.info());
    }
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok(FileInfo {
        name: name.to_string_lossy().into_owned(),
        bytes,
        sha256: String::new(),
    })
}
