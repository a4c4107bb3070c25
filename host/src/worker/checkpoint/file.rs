//! The file of a checkpoint: safetensors, with a digest of all that is in it.

use super::Reached;
use candle_core::{DType, Tensor};
use neurotrain_engine::Network;
use neurotrain_plugin_api::abi::{Array, Bundle, dtype};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{Category, HostTensor, Session};
use safetensors::{Dtype, SafeTensors, View, serialize_to_file};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

/// Its name in a run's folder.
pub(crate) const FILE: &str = "checkpoint.safetensors";
/// Version of its format.
const FORMAT: &str = "neurotrain-checkpoint/1";

/// What a checkpoint holds.
pub(crate) struct Saved {
    /// How far the run had come.
    pub(crate) reached: Reached,
    /// All parameters by name.
    pub(crate) parameters: Vec<(String, HostTensor)>,
    /// The state of the rule.
    pub(crate) rule: Bundle,
}

/// An entry of the rule's state: where its elements are, and what they are.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    name: String,
    /// Element type of plain numbers; none for a tensor.
    dtype: Option<u32>,
}

/// Writes `folder/checkpoint.safetensors` aside and renames it.
///
/// # Errors
/// Those of the file system; an earlier checkpoint stays as it is.
pub(crate) fn write(folder: &Path, reached: &Reached, network: &Network, rule: &Bundle) -> Result<()> {
    let mut arrays = BTreeMap::new();
    for param in network.params()? {
        arrays.insert(format!("param.{}", param.name), elements(&param.tensor)?);
    }
    let mut entries = Vec::new();
    for (index, array) in rule.arrays.iter().enumerate() {
        let (plain, stored) = match array.tensor.as_ref().into_option() {
            Some(raw) => (None, elements(&HostTensor::of(raw)?)?),
            None => (Some(array.dtype), plain(array)?),
        };
        entries.push(Entry {
            name: array.name.to_string(),
            dtype: plain,
        });
        arrays.insert(rule_name(index), stored);
    }
    let (reached, entries) = (serde_json::to_string(reached)?, serde_json::to_string(&entries)?);
    let digest = digest(
        &reached,
        &entries,
        arrays.iter().map(|(name, a)| (name.as_str(), &a.bytes[..])),
    );
    let metadata = HashMap::from([
        ("format".to_owned(), FORMAT.to_owned()),
        ("reached".to_owned(), reached),
        ("rule".to_owned(), entries),
        ("sha256".to_owned(), digest),
    ]);
    let aside = tempfile::Builder::new()
        .prefix(".checkpoint")
        .tempfile_in(folder)?;
    serialize_to_file(&arrays, Some(metadata), aside.path()).map_err(|e| Error::new("io", e.to_string()))?;
    let file = std::fs::File::open(aside.path())?;
    file.sync_all()?;
    aside
        .persist(folder.join(FILE))
        .map_err(|e| Error::from(e.error))?;
    // The name reaches the disk with its folder.
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// `bad-checkpoint` when the file is not whole, was changed, or is of another version.
pub(crate) fn read(path: &Path, session: &Arc<Session>) -> Result<Saved> {
    let bad = |what: String| Error::new("bad-checkpoint", format!("{}: {what}", path.display()));
    let bytes = std::fs::read(path)?;
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| bad(e.to_string()))?;
    let arrays = SafeTensors::deserialize(&bytes).map_err(|e| bad(e.to_string()))?;
    let metadata = header.metadata().clone().unwrap_or_default();
    let text = |key: &str| metadata.get(key).ok_or_else(|| bad(format!("it has no `{key}`")));
    if text("format")? != FORMAT {
        return Err(bad(format!("format {} instead of {FORMAT}", text("format")?)));
    }
    let (reached, entries) = (text("reached")?, text("rule")?);
    let mut named: Vec<_> = arrays.iter().collect();
    named.sort_by_key(|(name, _)| *name);
    let found = digest(
        reached,
        entries,
        named.iter().map(|(name, view)| (*name, view.data())),
    );
    if found != *text("sha256")? {
        return Err(bad("its content is not what was written".to_owned()));
    }

    let mut parameters = Vec::new();
    for (name, view) in &named {
        if let Some(name) = name.strip_prefix("param.") {
            let value = tensor(session, view, Category::Parameter)?;
            parameters.push((name.to_owned(), value));
        }
    }
    let mut rule = Bundle::new();
    let entries: Vec<Entry> = serde_json::from_str(entries)?;
    for (index, entry) in entries.iter().enumerate() {
        let view = arrays.tensor(&rule_name(index)).map_err(|e| bad(e.to_string()))?;
        match entry.dtype {
            None => {
                let value = tensor(session, &view, Category::RuleState)?;
                rule.put_tensor(
                    &entry.name,
                    neurotrain_plugin_api::Tensor::from_raw(value.into_raw()),
                );
            }
            Some(code) => rule.arrays.push(Array {
                name: entry.name.as_str().into(),
                dtype: code,
                dims: view.shape().iter().map(|d| *d as u64).collect::<Vec<_>>().into(),
                bytes: view.data().to_vec().into(),
                tensor: Default::default(),
            }),
        }
    }
    Ok(Saved {
        reached: serde_json::from_str(reached)?,
        parameters,
        rule,
    })
}

/// Removes the checkpoint of a run's `folder`, if there is one: once the run is archived, it is of no more use.
pub(crate) fn remove(folder: &Path) {
    let path = folder.join(FILE);
    match std::fs::remove_file(&path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!("{} is left over: {e}", path.display());
        }
        _ => {}
    }
}

fn rule_name(index: usize) -> String {
    format!("rule.{index:04}")
}

fn digest<'a>(reached: &str, entries: &str, arrays: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    add(reached.as_bytes());
    add(entries.as_bytes());
    for (name, bytes) in arrays {
        add(name.as_bytes());
        add(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Elements on their way into a file.
struct Stored {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
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

fn plain(array: &Array) -> Result<Stored> {
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

fn elements(tensor: &HostTensor) -> Result<Stored> {
    fn bytes<T: Copy + 'static, const N: usize>(t: &HostTensor, write: fn(T) -> [u8; N]) -> Result<Vec<u8>> {
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

fn tensor(
    session: &Arc<Session>,
    view: &safetensors::tensor::TensorView<'_>,
    category: Category,
) -> Result<HostTensor> {
    let dtype = match view.dtype() {
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
    let tensor = Tensor::from_raw_buffer(view.data(), dtype, view.shape(), session.device())
        .map_err(|e| Error::new("tensor-op", e.to_string()))?;
    Ok(HostTensor::owned(session, tensor, category))
}
