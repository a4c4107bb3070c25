//! Recordings of several files, divided into splits.

use crate::file::SpikeFile;
use neurotrain_data_files::{sha256, split_of, stamp};
use neurotrain_plugin_api::{
    Component, Ctx, DatasetInfo, EventBatch, EventFraming, ParamSchema, Result, Samples, event_params,
};
use std::fmt;

/// What all data sets of this crate are once open.
pub(crate) struct Recordings {
    pub(crate) key: &'static str,
    pub(crate) files: Vec<SpikeFile>,
    pub(crate) parts: Vec<Part>,
    /// Channels of a recording.
    pub(crate) units: usize,
    pub(crate) class_names: Vec<String>,
    pub(crate) classes: usize,
    pub(crate) framing: EventFraming,
    pub(crate) variant: String,
    pub(crate) attribution: String,
    /// The host, which reads the files.
    pub(crate) ctx: Ctx,
}

/// A split: rows of a file.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) split: &'static str,
    pub(crate) file: usize,
    pub(crate) rows: Vec<u64>,
}

impl Part {
    pub(crate) fn whole(split: &'static str, file: usize, of: &SpikeFile) -> Part {
        let rows = (0..of.labels.len() as u64).collect();
        Part { split, file, rows }
    }
}

impl fmt::Debug for Recordings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recordings")
            .field("key", &self.key)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

impl Recordings {
    pub(crate) fn info(&self) -> DatasetInfo {
        let sizes = self.sizes();
        DatasetInfo {
            kind: "events".into(),
            shape: vec![self.framing.shape(1, self.units).iter().product()],
            sensor: vec![1, self.units],
            classes: self.classes,
            class_names: self.class_names.clone(),
            splits: sizes.into_iter().map(|(name, n)| (name.to_owned(), n)).collect(),
            scale: 1.0,
            files: self.files.iter().map(|f| f.info.clone()).collect(),
            variant: self.variant.clone(),
            attribution: self.attribution.clone(),
            revision: self.revision(),
            ..DatasetInfo::default()
        }
    }

    /// Large files are not hashed as a whole, so what tells them apart is when they were changed.
    fn revision(&self) -> String {
        let stamp = |f: &SpikeFile| std::fs::metadata(&f.path).map(|m| stamp(&m));
        let stamps: std::io::Result<Vec<String>> = self.files.iter().map(stamp).collect();
        let rows = self.parts.iter().map(|p| format!("{} {:?}", p.split, p.rows));
        match stamps {
            Ok(stamps) => sha256(
                stamps
                    .into_iter()
                    .chain(rows)
                    .collect::<Vec<_>>()
                    .join("\n")
                    .as_bytes(),
            ),
            // Nothing is kept of what cannot be told apart.
            Err(_) => String::new(),
        }
    }

    pub(crate) fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let part = &self.parts[split_of(self.key, &self.sizes(), split, indices)?];
        let file = &self.files[part.file];
        let rows: Vec<u64> = indices.iter().map(|i| part.rows[*i as usize]).collect();
        let mut events = EventBatch::default();
        file.read(&rows, self.units, &mut events, &self.ctx)?;
        let labels = rows.iter().map(|row| file.labels[*row as usize].into()).collect();
        Ok(Samples::Events { events, labels })
    }

    fn sizes(&self) -> Vec<(&'static str, usize)> {
        self.parts.iter().map(|p| (p.split, p.rows.len())).collect()
    }
}

/// Adds the parameters of framing for recordings of one polarity; `drop_last` is NeuroTrain's for camera data alone.
pub(crate) fn with_framing(mut component: Component) -> Component {
    component.params.extend(event_params(100, 0));
    component
        .params
        .retain(|p| !["polarities", "drop_last"].contains(&p.name.as_str()));
    component.params.extend([
        ParamSchema::choice("polarities", "merged", &["merged"], "there is one polarity"),
        ParamSchema::bool(
            "drop_last",
            false,
            "leave out a last training batch that is not full",
        ),
    ]);
    component
}
