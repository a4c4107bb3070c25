//! A data set plugin, with everything it says and gives checked.

use neurotrain_plugin_api::abi::{Array, Bundle, RawDatasetBox, catch, dtype};
use neurotrain_plugin_api::{DatasetInfo, Error, EventBatch, Result};
use std::fmt;

/// An open data set, of which nothing is believed.
pub struct Source {
    raw: RawDatasetBox,
    info: DatasetInfo,
}

/// Samples as read: values in row-major order and labels within range.
#[derive(Debug)]
pub struct Decoded {
    /// The values of all samples, one after the other.
    pub values: Values,
    /// A class for each.
    pub labels: Vec<i64>,
}

/// Stored values, not yet scaled.
#[derive(Debug)]
pub enum Values {
    /// Bytes `[N, ..shape]`, or `[N, T, ..shape]`.
    Bytes(Vec<u8>),
    /// Numbers of the same form.
    Reals(Vec<f32>),
    /// Recordings, of which frames are made.
    Events(EventBatch),
}

impl Values {
    pub(crate) fn len(&self) -> usize {
        match self {
            Values::Bytes(v) => v.len(),
            Values::Reals(v) => v.len(),
            Values::Events(v) => v.t.len(),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Reads and checks the description.
    ///
    /// # Errors
    /// `bad-plugin` when it contradicts itself.
    pub fn new(raw: RawDatasetBox) -> Result<Self> {
        let text = catch("describe", || Ok(raw.describe())).into_result()?;
        let info: DatasetInfo = serde_json::from_str(text.as_str()).map_err(|e| {
            let why = match text.as_str() {
                // What the export macro answers when the author's code panics.
                "" => "it is empty, probably because the plugin's `info` function panicked".to_owned(),
                _ => e.to_string(),
            };
            Error::new(
                "bad-plugin",
                format!("the data set's description is not readable: {why}"),
            )
            .with_hint("this is a defect of the data set plugin; report it to its authors")
        })?;
        check_info(&info)?;
        Ok(Source { raw, info })
    }

    /// Splits, shapes and encoding.
    pub fn info(&self) -> &DatasetInfo {
        &self.info
    }

    /// Values of one sample at one step.
    pub(crate) fn sample_len(&self) -> usize {
        self.info.shape.iter().product()
    }

    /// Whether samples bring time steps of their own: `[T, ..shape]` each.
    pub(crate) fn has_time(&self) -> bool {
        matches!(self.info.kind.as_str(), "frames" | "events")
    }

    /// Whether samples are recordings of an event camera.
    pub fn gives_events(&self) -> bool {
        self.info.kind == "events" && !self.info.sensor.is_empty()
    }

    /// Samples of a split of the data set, in the order of `indices`.
    ///
    /// # Errors
    /// The data set's own, `bad-plugin` when it gives something else than was asked for, `bad-data` for a label out of
    /// range or a value that is no number.
    pub fn read(&self, split: &str, indices: &[u64]) -> Result<Decoded> {
        let bundle = catch("read", || {
            Ok(self.raw.read(split.into(), indices.into()).into_result()?)
        })
        .into_result()?;
        let labels = bundle.ints("labels")?;
        if labels.len() != indices.len() {
            return Err(Error::new(
                "bad-plugin",
                format!(
                    "{} samples of `{split}` were asked for, {} labels came",
                    indices.len(),
                    labels.len()
                ),
            ));
        }
        self.check_labels(split, indices, &labels)?;
        if self.gives_events() {
            let values = self.events(&bundle, indices.len())?;
            return Ok(Decoded { values, labels });
        }
        let values = bundle.arrays.into_iter().find(|a| a.name.as_str() == "values");
        let values =
            values.ok_or_else(|| Error::new("bad-plugin", "the data set gave no array called `values`"))?;
        let values = decode(values)?;
        let unit = indices.len() * self.sample_len();
        let fits = if self.has_time() {
            unit == 0 && values.len() == 0 || unit > 0 && values.len().is_multiple_of(unit)
        } else {
            values.len() == unit
        };
        if !fits {
            return Err(Error::new(
                "bad-plugin",
                format!(
                    "{} samples of shape {:?} were asked for, {} values came",
                    indices.len(),
                    self.info.shape,
                    values.len()
                ),
            ));
        }
        if let Values::Reals(reals) = &values
            && let Some(i) = reals.iter().position(|v| !v.is_finite())
        {
            let sample = indices[i * indices.len() / reals.len()];
            return Err(Error::bad_data(format!(
                "sample {sample} of `{split}` holds the value {}",
                reals[i]
            )));
        }
        Ok(Decoded { values, labels })
    }

    fn check_labels(&self, split: &str, indices: &[u64], labels: &[i64]) -> Result<()> {
        let classes = self.info.classes as u64;
        match labels.iter().position(|l| *l < 0 || *l as u64 >= classes) {
            Some(i) => Err(Error::bad_data(format!(
                "sample {} of `{split}` has label {}, but there are {classes} classes",
                indices[i], labels[i]
            ))),
            None => Ok(()),
        }
    }

    /// Recordings; their events are checked when frames are made of them.
    fn events(&self, bundle: &Bundle, samples: usize) -> Result<Values> {
        let events = EventBatch::from_bundle(bundle)?
            .ok_or_else(|| Error::new("bad-plugin", "the data set gave no array called `event_offsets`"))?;
        match events.samples() == samples {
            true => Ok(Values::Events(events)),
            false => Err(Error::new(
                "bad-plugin",
                format!(
                    "{samples} samples were asked for, {} recordings came",
                    events.samples()
                ),
            )),
        }
    }
}

fn decode(array: Array) -> Result<Values> {
    match array.dtype {
        dtype::U8 => Ok(Values::Bytes(array.bytes.into_vec())),
        dtype::F32 => Ok(Values::Reals(
            array
                .bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|b| f32::from_ne_bytes(*b))
                .collect(),
        )),
        _ => Ok(Values::Reals(
            array.to_reals()?.into_iter().map(|v| v as f32).collect(),
        )),
    }
}

fn check_info(info: &DatasetInfo) -> Result<()> {
    let fault = |message: String| {
        Err(Error::new(
            "bad-plugin",
            format!("the data set's description is wrong: {message}"),
        )
        .with_hint("this is a defect of the data set plugin; report it to its authors"))
    };
    if !["image", "features", "frames", "events"].contains(&info.kind.as_str()) {
        return fault(format!(
            "kind `{}` is none of image, features, frames, events",
            info.kind
        ));
    }
    if info.shape.is_empty() || info.shape.len() > 6 || info.shape.contains(&0) {
        return fault(format!("a sample cannot have shape {:?}", info.shape));
    }
    let elements = info.shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d));
    if elements.is_none_or(|n| n > u32::MAX as usize) {
        return fault(format!(
            "a sample of shape {:?} has too many elements",
            info.shape
        ));
    }
    if info.classes == 0 {
        return fault("it has no classes".into());
    }
    if !info.scale.is_finite() || info.scale == 0.0 {
        return fault(format!(
            "scale is {}, but must be a number other than 0",
            info.scale
        ));
    }
    let channels = info.shape[0];
    for (name, values) in [("mean", &info.mean), ("std", &info.std)] {
        if ![0, 1, channels].contains(&values.len()) || values.iter().any(|v| !v.is_finite()) {
            return fault(format!("{name} is {values:?} for {channels} channels"));
        }
    }
    if info.std.iter().any(|s| *s <= 0.0) {
        return fault(format!("std is {:?}, but must be positive", info.std));
    }
    if info.crop_padding > 0 && info.shape.len() != 3 {
        return fault(format!(
            "random crops are for shape [C, H, W], not {:?}",
            info.shape
        ));
    }
    if info.flip && info.shape.len() != 3 {
        return fault(format!("mirroring is for shape [C, H, W], not {:?}", info.shape));
    }
    Ok(())
}
