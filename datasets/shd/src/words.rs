//! What both data sets have in common: HDF5 files with `spikes/times` (seconds), `spikes/units` and `labels`.

use neurotrain_data_files::{Place, Wanted, split_of};
use neurotrain_plugin_api::{
    Config, Ctx, DatasetInfo, Error, EventBatch, EventFraming, FileInfo, Level, Result, Samples,
};
use std::fmt;
use std::path::PathBuf;

/// Channels of the artificial cochlea.
const UNITS: usize = 700;
/// Longer than any recording, in microseconds.
const LONGEST: f64 = 1e9;

/// What tells one data set from the other.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) wanted: Wanted,
    /// Split and file.
    pub(crate) files: &'static [(&'static str, &'static str)],
    pub(crate) class_names: &'static [&'static str],
    pub(crate) classes: usize,
    /// Samples of the official files.
    pub(crate) official: &'static [usize],
}

/// An open data set; spikes are read when asked for.
pub(crate) struct Words {
    profile: &'static Profile,
    parts: Vec<Part>,
    framing: EventFraming,
    /// The host, which reads the files.
    ctx: Ctx,
}

#[derive(Debug)]
struct Part {
    path: PathBuf,
    labels: Vec<u8>,
    info: FileInfo,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words")
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

impl Words {
    pub(crate) fn open(profile: &'static Profile, config: &Config, ctx: &Ctx) -> Result<Self> {
        let place = Place::of(&profile.wanted, ctx);
        let part = |(_, name): &(&str, &str)| -> Result<Part> {
            let Some(path) = place.find(name) else {
                let packed = [format!("{name}.zip"), format!("{name}.gz")];
                return Err(match packed.iter().find_map(|p| place.find(p)) {
                    Some(path) => Error::new("missing-data", format!("{} must be unpacked", path.display()))
                        .with_hint("unpack it where it lies, with `unzip` or `gunzip`"),
                    None => place.missing(&profile.wanted).context(format!("no file {name}")),
                });
            };
            let bytes = std::fs::metadata(&path).map(|m| m.len()).unwrap_or(0);
            let labels = ctx.hdf5_array(&path, "labels")?.values;
            let labels = labels.iter().enumerate().map(|(i, l)| {
                let whole = l.fract() == 0.0 && (0.0..profile.classes as f64).contains(l);
                whole.then_some(*l as u8).ok_or_else(|| {
                    Error::bad_data(format!(
                        "{}: label {l} of sample {i} (data set `labels`) is not a class below {}",
                        path.display(),
                        profile.classes
                    ))
                })
            });
            let labels = labels.collect::<Result<_>>()?;
            // Files have up to 2 GB: their size is recorded, but no checksum.
            let info = FileInfo {
                name: (*name).to_owned(),
                bytes,
                sha256: String::new(),
            };
            Ok(Part { path, labels, info })
        };
        let mut framing = EventFraming::from_config(config)?;
        framing.merge_polarities = true;
        let words = Words {
            parts: profile.files.iter().map(part).collect::<Result<_>>()?,
            profile,
            framing,
            ctx: ctx.clone(),
        };
        if !words.variant().is_empty() {
            let what = format!(
                "{}: {}: not the official data set",
                profile.wanted.key,
                words.variant()
            );
            ctx.log(Level::Warn, &what);
        }
        Ok(words)
    }

    fn sizes(&self) -> Vec<(&'static str, usize)> {
        let splits = self.profile.files.iter().map(|(split, _)| *split);
        splits.zip(self.parts.iter().map(|p| p.labels.len())).collect()
    }

    fn variant(&self) -> String {
        let sizes: Vec<usize> = self.parts.iter().map(|p| p.labels.len()).collect();
        match sizes == self.profile.official {
            true => String::new(),
            false => format!(
                "subset {}",
                sizes
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("/")
            ),
        }
    }

    pub(crate) fn info(&self) -> DatasetInfo {
        DatasetInfo {
            kind: "events".into(),
            shape: vec![self.framing.shape(1, UNITS).iter().product()],
            sensor: vec![1, UNITS],
            classes: self.profile.classes,
            class_names: self.profile.class_names.iter().map(|n| (*n).to_owned()).collect(),
            splits: self.sizes().into_iter().map(|(name, n)| (name.to_owned(), n)).collect(),
            scale: 1.0,
            files: self.parts.iter().map(|p| p.info.clone()).collect(),
            variant: self.variant(),
            attribution: "SHD and SSC: Benjamin Cramer, Yannik Stradmann, Johannes Schemmel and Friedemann Zenke, CC BY 4.0"
                .into(),
            ..DatasetInfo::default()
        }
    }

    pub(crate) fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let part = &self.parts[split_of(self.profile.wanted.key, &self.sizes(), split, indices)?];
        let times = self.ctx.hdf5_ragged(&part.path, "spikes/times", Some(indices))?;
        let units = self.ctx.hdf5_ragged(&part.path, "spikes/units", Some(indices))?;
        let mut events = EventBatch::default();
        let mut labels = Vec::with_capacity(indices.len());
        for (i, index) in indices.iter().enumerate() {
            let fault = |what: String| {
                Error::bad_data(format!("{}: sample {index}: {what}", part.path.display()))
                    .with_hint("the file is damaged; replace it")
            };
            let (times, units) = (times.row(i), units.row(i));
            if times.len() != units.len() || times.is_empty() {
                return Err(fault(format!("{} times and {} units", times.len(), units.len())));
            }
            for (spike, (time, unit)) in times.iter().zip(units).enumerate() {
                // In double precision: in the half precision of the file all times beyond 65 ms would be infinite.
                let t = time * 1e6;
                if !(0.0..LONGEST).contains(&t) || unit.fract() != 0.0 || !(0.0..UNITS as f64).contains(unit)
                {
                    return Err(fault(format!("spike {spike} is of unit {unit} at {time} s")));
                }
                events.t.push(t as i64);
                events.x.push(*unit as u16);
            }
            events.offsets.push(events.t.len() as u64);
            labels.push(part.labels[*index as usize].into());
        }
        events.y = vec![0; events.t.len()];
        events.p = vec![0; events.t.len()];
        Ok(Samples::Events { events, labels })
    }
}
