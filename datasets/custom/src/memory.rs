//! Samples in memory, whatever they came from.

use neurotrain_data_files::split_of;
use neurotrain_plugin_api::{DatasetInfo, Result, Samples};

/// Samples, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    Bytes(Vec<u8>),
    Reals(Vec<f32>),
}

/// The samples of a split.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) split: &'static str,
    pub(crate) values: Values,
    pub(crate) labels: Vec<u16>,
}

/// A data set in memory.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) key: &'static str,
    pub(crate) parts: Vec<Part>,
    /// Values of a sample, over all its steps.
    pub(crate) unit: usize,
    /// Splits, mean and deviation are filled in.
    pub(crate) info: DatasetInfo,
}

impl Part {
    /// The samples at `indices`, which must be below the number of samples.
    pub(crate) fn pick(&self, split: &'static str, indices: &[usize], unit: usize) -> Part {
        fn rows<T: Copy>(all: &[T], indices: &[usize], unit: usize) -> Vec<T> {
            let rows = indices.iter().flat_map(|i| &all[i * unit..(i + 1) * unit]);
            rows.copied().collect()
        }
        Part {
            split,
            values: match &self.values {
                Values::Bytes(all) => Values::Bytes(rows(all, indices, unit)),
                Values::Reals(all) => Values::Reals(rows(all, indices, unit)),
            },
            labels: indices.iter().map(|i| self.labels[*i]).collect(),
        }
    }
}

impl Memory {
    /// From `parts`, the first of them for training; `channels` of the values of a step have a mean and a deviation each.
    pub(crate) fn new(key: &'static str, parts: Vec<Part>, channels: usize, mut info: DatasetInfo) -> Memory {
        let step: usize = info.shape.iter().product();
        let unit = match (&parts[0].values, parts[0].labels.len()) {
            (Values::Bytes(v), n) => v.len() / n.max(1),
            (Values::Reals(v), n) => v.len() / n.max(1),
        };
        let (mean, std) = match &parts[0].values {
            Values::Bytes(v) => statistics(v.iter().map(|b| f64::from(*b)), step, channels, info.scale),
            Values::Reals(v) => statistics(v.iter().map(|r| f64::from(*r)), step, channels, info.scale),
        };
        info.splits = parts
            .iter()
            .map(|p| (p.split.to_owned(), p.labels.len()))
            .collect();
        (info.mean, info.std) = (mean, std);
        Memory {
            key,
            parts,
            unit,
            info,
        }
    }

    pub(crate) fn read(&self, split: &str, indices: &[u64]) -> Result<Samples> {
        let sizes: Vec<(&str, usize)> = self.parts.iter().map(|p| (p.split, p.labels.len())).collect();
        let part = &self.parts[split_of(self.key, &sizes, split, indices)?];
        let rows: Vec<usize> = indices.iter().map(|i| *i as usize).collect();
        let Part { values, labels, .. } = part.pick(part.split, &rows, self.unit);
        let labels = labels.into_iter().map(i64::from).collect();
        Ok(match values {
            Values::Bytes(values) => Samples::Bytes { values, labels },
            Values::Reals(values) => Samples::Reals { values, labels },
        })
    }
}

/// Mean and deviation of each channel after scaling; the deviation of a constant channel is 1.
fn statistics(
    values: impl Iterator<Item = f64>,
    step: usize,
    channels: usize,
    scale: f64,
) -> (Vec<f64>, Vec<f64>) {
    let plane = step / channels;
    let (mut sums, mut squares, mut n) = (vec![0.0; channels], vec![0.0; channels], 0_usize);
    for (i, value) in values.enumerate() {
        let channel = i % step / plane;
        let value = value * scale;
        sums[channel] += value;
        squares[channel] += value * value;
        n += 1;
    }
    let n = (n / channels).max(1) as f64;
    let mean: Vec<f64> = sums.iter().map(|s| s / n).collect();
    let deviation = |(square, mean): (&f64, &f64)| {
        let std = (square / n - mean * mean).max(0.0).sqrt();
        if std > 1e-9 { std } else { 1.0 }
    };
    let std = squares.iter().zip(&mean).map(deviation).collect();
    (mean, std)
}
