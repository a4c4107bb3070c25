//! One golden case: the side-car and its tensors.

use anyhow::{Context, Result, bail, ensure};
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The calls after which parameters were recorded.
pub(super) const RECORDED_CALLS: [usize; 3] = [1, 3, 10];

/// What a side-car says; everything that a replay needs comes from here and from the tensors.
#[derive(Debug, Deserialize)]
pub(super) struct SideCar {
    /// File stem.
    pub(super) case: String,
    /// Trainer key; absent for forward-only cases.
    pub(super) trainer: Option<String>,
    /// Model key.
    pub(super) model: String,
    /// `bin` or `direct`.
    pub(super) input_kind: String,
    /// Steps.
    #[serde(rename = "T")]
    pub(super) steps: usize,
    /// Samples.
    #[serde(rename = "B")]
    pub(super) batch: usize,
    /// Classes.
    pub(super) classes: usize,
    /// Shape of one sample at one step.
    pub(super) in_shape: Vec<usize>,
    /// Configured batch size, where it differs from `B`.
    pub(super) batch_size_arg: Option<usize>,
    /// Resolved hyper-parameters of the trainer.
    #[serde(default)]
    pub(super) trainer_cfg: Option<Map<String, Value>>,
    /// What the case overrides on top.
    #[serde(default)]
    pub(super) trainer_override: Option<Map<String, Value>>,
    /// Resolved configuration of the model.
    pub(super) model_cfg: Map<String, Value>,
    /// Name of the optimiser the reference used.
    #[serde(default)]
    pub(super) optimizer: Option<Optimizer>,
    /// Neuron constants, by layer.
    #[serde(default)]
    pub(super) neurons: Option<Vec<Neuron>>,
    /// Smallest distance of a membrane from its threshold, by number of calls.
    #[serde(default)]
    pub(super) min_threshold_margin: Option<BTreeMap<String, Option<f64>>>,
    /// Parameters the reference never changes.
    #[serde(default)]
    pub(super) unchanged_params: Option<Vec<String>>,
    /// Rounding noise of the reference.
    pub f32_vs_f64: Option<Noise>,
}

/// The optimiser of a case.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Optimizer {
    /// Class name; absent for rules that write weights themselves.
    pub(super) class: Option<String>,
}

/// Constants of one neuron layer.
#[derive(Debug, Deserialize)]
pub(super) struct Neuron {
    /// Threshold; absent for a readout without neurons.
    pub(super) threshold: Option<f64>,
}

/// Difference between the reference in single and in double precision.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Noise {
    /// By number of calls, then by parameter.
    #[serde(default)]
    pub(super) max_abs_diff: BTreeMap<String, BTreeMap<String, f64>>,
    /// Of the loss, by call.
    #[serde(default)]
    pub(super) loss_abs_diff: Vec<f64>,
}

/// A tensor of the file, as doubles.
#[derive(Debug, Clone)]
pub(super) struct Array {
    /// Shape.
    pub(super) shape: Vec<usize>,
    /// Elements in row-major order.
    pub(super) values: Vec<f64>,
}

/// A side-car with its tensors.
#[derive(Debug)]
pub(super) struct Case {
    /// The side-car.
    pub(super) info: SideCar,
    tensors: BTreeMap<String, Array>,
}

impl Case {
    /// Reads `STEM.json` and `STEM.safetensors`.
    pub(super) fn read(side_car: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(side_car)
            .with_context(|| format!("cannot read {}", side_car.display()))?;
        let info: SideCar = serde_json::from_str(&text)
            .with_context(|| format!("{} is no side-car of a golden case", side_car.display()))?;
        let path = side_car.with_extension("safetensors");
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let file = SafeTensors::deserialize(&bytes)
            .with_context(|| format!("{} is no intact safetensors file", path.display()))?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.tensors() {
            let values = decode(view.dtype(), view.data())
                .with_context(|| format!("{}: tensor `{name}`", path.display()))?;
            tensors.insert(
                name,
                Array {
                    shape: view.shape().to_vec(),
                    values,
                },
            );
        }
        Ok(Case { info, tensors })
    }

    /// The side-cars of a folder, sorted by name.
    pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>> {
        let entries =
            std::fs::read_dir(folder).with_context(|| format!("cannot read folder {}", folder.display()))?;
        let mut paths: Vec<PathBuf> = entries
            .filter_map(|e| e.ok().map(|e| e.path()))
            .filter(|p| {
                p.extension().is_some_and(|e| e == "json") && p.with_extension("safetensors").exists()
            })
            .collect();
        paths.sort();
        ensure!(
            !paths.is_empty(),
            "{} holds no golden case (pairs of .json and .safetensors)",
            folder.display()
        );
        Ok(paths)
    }

    /// A tensor by name.
    pub(super) fn get(&self, name: &str) -> Option<&Array> {
        self.tensors.get(name)
    }

    /// A tensor by name; absent is an error.
    pub(super) fn need(&self, name: &str) -> Result<&Array> {
        self.get(name)
            .with_context(|| format!("case `{}` has no tensor `{name}`", self.info.case))
    }

    /// The tensors below `prefix/`, with the rest of their names.
    pub(super) fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Array)> {
        self.tensors
            .iter()
            .filter_map(move |(name, array)| Some((name.strip_prefix(prefix)?.strip_prefix('/')?, array)))
    }

    /// Labels.
    pub(super) fn labels(&self) -> Result<Vec<i64>> {
        Ok(self.need("target")?.values.iter().map(|v| *v as i64).collect())
    }

    /// Rounding noise of a parameter after `calls` calls.
    pub(super) fn noise(&self, calls: usize, param: &str) -> f64 {
        let table = self
            .info
            .f32_vs_f64
            .as_ref()
            .and_then(|n| n.max_abs_diff.get(&calls.to_string()));
        table.and_then(|t| t.get(param)).copied().unwrap_or(0.0)
    }

    /// Whether spikes may legitimately flip within the first `calls` calls: a membrane came within 4 ulp of
    /// its threshold.
    pub(super) fn spikes_may_flip(&self, calls: usize) -> bool {
        let margins = self.info.min_threshold_margin.as_ref();
        let margin = margins.and_then(|m| m.get(&calls.to_string())).copied().flatten();
        let neurons = self.info.neurons.iter().flatten();
        let threshold = neurons.filter_map(|n| n.threshold).fold(f64::INFINITY, f64::min);
        let ulp = if threshold.is_finite() {
            f64::from((threshold as f32).next_up() - threshold as f32)
        } else {
            0.0
        };
        margin.is_some_and(|m| m < 4.0 * ulp)
    }
}

fn decode(dtype: Dtype, bytes: &[u8]) -> Result<Vec<f64>> {
    fn each<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        let mut word = [0; N];
        bytes
            .chunks_exact(N)
            .map(|c| {
                word.copy_from_slice(c);
                read(word)
            })
            .collect()
    }
    Ok(match dtype {
        Dtype::F32 => each(bytes, |b| f64::from(f32::from_le_bytes(b))),
        Dtype::F64 => each(bytes, f64::from_le_bytes),
        Dtype::I64 => each(bytes, |b| i64::from_le_bytes(b) as f64),
        Dtype::I32 => each(bytes, |b| f64::from(i32::from_le_bytes(b))),
        Dtype::U8 | Dtype::BOOL => bytes.iter().map(|b| f64::from(*b)).collect(),
        other => bail!("element type {other:?} is not used by golden cases"),
    })
}
