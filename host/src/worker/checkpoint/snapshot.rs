//! Weights and the state of a rule at one moment.

use candle_core::{DType, Tensor};
use neurotrain_engine::Network;
use neurotrain_plugin_api::abi::{Array, Bundle, dtype};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{Category, HostTensor, Session};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// Weights and the state of a rule at one moment, as plain bytes.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    parameters: Vec<(String, Stored)>,
    rule: Vec<(Entry, Stored)>,
}

/// An entry of the rule's state.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    name: String,
    /// Element type of plain numbers; none for a tensor.
    dtype: Option<u32>,
}

/// Elements, little-endian.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Snapshot {
    /// The parameters of `network`, and what its rule saved.
    pub(crate) fn take(network: &Network, rule: &Bundle) -> Result<Self> {
        let parameters = network
            .params()?
            .iter()
            .map(|param| Ok((param.name.clone(), Stored::tensor(&param.tensor)?)))
            .collect::<Result<_>>()?;
        let rule = rule
            .arrays
            .iter()
            .map(|array| {
                let (dtype, stored) = match array.tensor.as_ref().into_option() {
                    Some(raw) => (None, Stored::tensor(&HostTensor::of(raw)?)?),
                    None => (Some(array.dtype), Stored::plain(array)?),
                };
                let name = array.name.to_string();
                Ok((Entry { name, dtype }, stored))
            })
            .collect::<Result<_>>()?;
        Ok(Snapshot { parameters, rule })
    }

    /// What is not numbers, as text.
    pub(super) fn entries(&self) -> Result<String> {
        let entries: Vec<&Entry> = self.rule.iter().map(|(entry, _)| entry).collect();
        Ok(serde_json::to_string(&entries)?)
    }

    /// The numbers, by names that begin with `prefix`.
    pub(super) fn arrays(&self, prefix: &str) -> impl Iterator<Item = (String, &Stored)> {
        let parameters = self
            .parameters
            .iter()
            .map(move |(name, stored)| (parameter_name(prefix, name), stored));
        let rule = self
            .rule
            .iter()
            .enumerate()
            .map(move |(index, (_, stored))| (rule_name(prefix, index), stored));
        parameters.chain(rule)
    }

    /// From the `arrays` of a file, and the text that [`Snapshot::entries`] gave.
    pub(super) fn read(arrays: &SafeTensors<'_>, prefix: &str, entries: &str) -> Result<Self> {
        let start = parameter_name(prefix, "");
        let mut parameters: Vec<(String, Stored)> = arrays
            .iter()
            .filter_map(|(name, view)| Some((name.strip_prefix(&start)?.to_owned(), Stored::view(&view))))
            .collect();
        parameters.sort_by(|(a, _), (b, _)| a.cmp(b));
        let entries: Vec<Entry> = serde_json::from_str(entries)?;
        let rule = entries
            .into_iter()
            .enumerate()
            .map(|(index, entry)| {
                let view = arrays
                    .tensor(&rule_name(prefix, index))
                    .map_err(|e| Error::new("bad-checkpoint", e.to_string()))?;
                Ok((entry, Stored::view(&view)))
            })
            .collect::<Result<_>>()?;
        Ok(Snapshot { parameters, rule })
    }

    /// The parameters by name.
    pub(super) fn parameters(&self) -> impl ExactSizeIterator<Item = (&str, &Stored)> {
        self.parameters
            .iter()
            .map(|(name, stored)| (name.as_str(), stored))
    }

    /// The state of the rule, as its `load` takes it.
    pub(crate) fn rule(&self, session: &Arc<Session>) -> Result<Bundle> {
        let mut bundle = Bundle::new();
        for (entry, stored) in &self.rule {
            match entry.dtype {
                None => {
                    let value = stored.to_tensor(session, Category::RuleState)?;
                    let tensor = neurotrain_plugin_api::Tensor::from_raw(value.into_raw());
                    bundle.put_tensor(&entry.name, tensor);
                }
                Some(code) => bundle.arrays.push(Array {
                    name: entry.name.as_str().into(),
                    dtype: code,
                    dims: stored.shape.iter().map(|d| *d as u64).collect::<Vec<_>>().into(),
                    bytes: stored.bytes.clone().into(),
                    tensor: Default::default(),
                }),
            }
        }
        Ok(bundle)
    }
}

impl Stored {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn tensor(tensor: &HostTensor) -> Result<Self> {
        fn bytes<T: Copy + 'static, const N: usize>(
            t: &HostTensor,
            write: fn(T) -> [u8; N],
        ) -> Result<Vec<u8>> {
            t.with_slice(|values: &[T]| values.iter().flat_map(|v| write(*v)).collect())
        }
        let (dtype, bytes) = match tensor.dtype() {
            DType::F32 => (Dtype::F32, bytes(tensor, f32::to_le_bytes)?),
            DType::F64 => (Dtype::F64, bytes(tensor, f64::to_le_bytes)?),
            DType::I64 => (Dtype::I64, bytes(tensor, i64::to_le_bytes)?),
            DType::U32 => (Dtype::U32, bytes(tensor, u32::to_le_bytes)?),
            DType::U8 => (Dtype::U8, bytes(tensor, u8::to_le_bytes)?),
            other => {
                return Err(Error::new(
                    "bad-state",
                    format!("tensors of type {other:?} cannot be saved"),
                ));
            }
        };
        Ok(Stored {
            dtype,
            shape: tensor.dims(),
            bytes,
        })
    }

    fn plain(array: &Array) -> Result<Self> {
        let dtype = match array.dtype {
            dtype::F32 => Dtype::F32,
            dtype::F64 => Dtype::F64,
            dtype::I64 => Dtype::I64,
            dtype::U8 => Dtype::U8,
            dtype::U32 => Dtype::U32,
            dtype::U16 => Dtype::U16,
            dtype::I32 => Dtype::I32,
            other => {
                return Err(Error::new(
                    "bad-state",
                    format!("`{}` has the unknown element type {other}", array.name),
                ));
            }
        };
        Ok(Stored {
            dtype,
            shape: array.dims.iter().map(|d| *d as usize).collect(),
            bytes: array.bytes.to_vec(),
        })
    }

    fn view(view: &TensorView<'_>) -> Self {
        Stored {
            dtype: view.dtype(),
            shape: view.shape().to_vec(),
            bytes: view.data().to_vec(),
        }
    }

    pub(super) fn to_tensor(&self, session: &Arc<Session>, category: Category) -> Result<HostTensor> {
        let dtype = match self.dtype {
            Dtype::F32 => DType::F32,
            Dtype::F64 => DType::F64,
            Dtype::I64 => DType::I64,
            Dtype::U32 => DType::U32,
            Dtype::U8 => DType::U8,
            other => {
                return Err(Error::new(
                    "bad-checkpoint",
                    format!("a tensor of type {other:?}"),
                ));
            }
        };
        let tensor = Tensor::from_raw_buffer(&self.bytes, dtype, &self.shape, session.device())
            .map_err(|e| Error::new("tensor-op", e.to_string()))?;
        Ok(HostTensor::owned(session, tensor, category))
    }
}

impl View for &Stored {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

fn parameter_name(prefix: &str, name: &str) -> String {
    format!("{prefix}param.{name}")
}

fn rule_name(prefix: &str, index: usize) -> String {
    format!("{prefix}rule.{index:04}")
}
