//! A golden case: what the reference computed, as recorded in a pair of files.

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A recorded array, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
}

/// One case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) meta: Value,
    bytes: Vec<u8>,
}

impl Case {
    /// The folder of golden traces: `golden` below `NEUROTRAIN_SHARED` where set, else the recorded ones of this
    /// repository.
    pub(crate) fn folder() -> Option<PathBuf> {
        let shared = std::env::var_os("NEUROTRAIN_SHARED").map(PathBuf::from);
        let tests = neurotrain_tests::workspace_root().join("tests");
        let folder = shared.unwrap_or(tests).join("golden");
        folder.is_dir().then_some(folder)
    }

    /// Whether the folder is the full set and not the selection of this repository.
    pub(crate) fn all_are_here() -> bool {
        std::env::var_os("NEUROTRAIN_SHARED").is_some()
    }

    /// The cases whose names start with one of `prefixes`, sorted.
    pub(crate) fn list(folder: &Path, prefixes: &[&str]) -> Vec<Case> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("the golden folder")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| Some(name.strip_suffix(".safetensors")?.to_owned()))
            .filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
            .collect();
        names.sort();
        names.iter().map(|name| Case::read(folder, name)).collect()
    }

    fn read(folder: &Path, name: &str) -> Case {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("a side-car");
        Case {
            name: name.to_owned(),
            meta: serde_json::from_str(&text).expect("a side-car in JSON"),
            bytes: std::fs::read(folder.join(format!("{name}.safetensors"))).expect("the tensors"),
        }
    }

    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).expect("a safetensors file")
    }

    /// The recorded array called `name`.
    pub(crate) fn array(&self, name: &str) -> Option<Array> {
        let tensors = self.tensors();
        let view = tensors.tensor(name).ok()?;
        let data = view.data();
        let values = match view.dtype() {
            Dtype::F32 => numbers(data, |b| f64::from(f32::from_le_bytes(b))),
            Dtype::F64 => numbers(data, f64::from_le_bytes),
            Dtype::I64 => numbers(data, |b| i64::from_le_bytes(b) as f64),
            Dtype::U8 => data.iter().map(|b| f64::from(*b)).collect(),
            other => panic!("{}: `{name}` has type {other:?}", self.name),
        };
        Some(Array {
            shape: view.shape().to_vec(),
            values,
        })
    }

    /// An array that every case has.
    pub(crate) fn need(&self, name: &str) -> Array {
        self.array(name)
            .unwrap_or_else(|| panic!("{}: no array `{name}`", self.name))
    }

    /// What follows `prefix/` in the names of arrays.
    pub(crate) fn below(&self, prefix: &str) -> Vec<String> {
        let start = format!("{prefix}/");
        let mut names: Vec<String> = self
            .tensors()
            .names()
            .iter()
            .filter_map(|n| Some(n.strip_prefix(&start)?.to_owned()))
            .collect();
        names.sort();
        names
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.meta[key].as_str().unwrap_or_default()
    }

    pub(crate) fn size(&self, key: &str) -> usize {
        self.meta[key]
            .as_u64()
            .unwrap_or_else(|| panic!("{}: no size `{key}`", self.name)) as usize
    }

    /// A list of sizes; empty where there is none.
    pub(crate) fn sizes(&self, key: &str) -> Vec<usize> {
        let list = self.meta[key].as_array().into_iter().flatten();
        list.map(|v| v.as_u64().expect("a size") as usize).collect()
    }

    /// Whether the reference's optimiser divides by the gradient's own size.
    pub(crate) fn adam(&self) -> bool {
        self.meta["optimizer"]["class"] == "Adam"
    }
}

fn numbers<const N: usize>(data: &[u8], read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    data.chunks_exact(N)
        .map(|chunk| {
            let mut bytes = [0; N];
            bytes.copy_from_slice(chunk);
            read(bytes)
        })
        .collect()
}
