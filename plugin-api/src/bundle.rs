//! Reading and writing [`Bundle`]s.

use crate::abi::{Array, Bundle, dtype};
use crate::{Error, Result, Tensor};
use abi_stable::std_types::{ROption, RVec};

impl Bundle {
    /// An empty bundle.
    pub fn new() -> Self {
        Bundle::default()
    }

    fn push(&mut self, name: &str, dtype: u32, dims: Vec<u64>, bytes: Vec<u8>) {
        self.arrays.push(Array {
            name: name.into(),
            dtype,
            dims: dims.into(),
            bytes: bytes.into(),
            tensor: ROption::RNone,
        });
    }

    /// Adds a tensor handle.
    pub fn put_tensor(&mut self, name: &str, tensor: Tensor) {
        self.arrays.push(Array {
            name: name.into(),
            dtype: 0,
            dims: RVec::new(),
            bytes: RVec::new(),
            tensor: ROption::RSome(tensor.into_raw()),
        });
    }

    /// Adds a text.
    pub fn put_text(&mut self, name: &str, text: &str) {
        self.push(name, dtype::U8, vec![text.len() as u64], text.as_bytes().to_vec());
    }

    /// Adds a real scalar.
    pub fn put_real(&mut self, name: &str, value: f64) {
        self.push(name, dtype::F64, Vec::new(), value.to_ne_bytes().to_vec());
    }

    /// Adds a vector of reals.
    pub fn put_reals(&mut self, name: &str, values: &[f64]) {
        self.push(
            name,
            dtype::F64,
            vec![values.len() as u64],
            bytes_of(values, f64::to_ne_bytes),
        );
    }

    /// Adds a whole number.
    pub fn put_int(&mut self, name: &str, value: i64) {
        self.push(name, dtype::I64, Vec::new(), value.to_ne_bytes().to_vec());
    }

    /// Adds a vector of whole numbers.
    pub fn put_ints(&mut self, name: &str, values: &[i64]) {
        self.push(
            name,
            dtype::I64,
            vec![values.len() as u64],
            bytes_of(values, i64::to_ne_bytes),
        );
    }

    /// Adds unsigned bytes with a shape.
    pub fn put_bytes(&mut self, name: &str, dims: &[usize], bytes: Vec<u8>) {
        self.push(name, dtype::U8, dims.iter().map(|d| *d as u64).collect(), bytes);
    }

    /// Adds single-precision numbers with a shape.
    pub fn put_f32s(&mut self, name: &str, dims: &[usize], values: &[f32]) {
        let dims = dims.iter().map(|d| *d as u64).collect();
        self.push(name, dtype::F32, dims, bytes_of(values, f32::to_ne_bytes));
    }

    /// Adds a vector of unsigned 16-bit numbers.
    pub fn put_u16s(&mut self, name: &str, values: &[u16]) {
        let bytes = bytes_of(values, u16::to_ne_bytes);
        self.push(name, dtype::U16, vec![values.len() as u64], bytes);
    }

    /// The entry called `name`.
    pub fn get(&self, name: &str) -> Option<&Array> {
        self.arrays.iter().find(|a| a.name.as_str() == name)
    }

    /// A tensor; absent is an error.
    pub fn tensor(&self, name: &str) -> Result<Tensor> {
        match self.get(name).map(|a| &a.tensor) {
            Some(ROption::RSome(raw)) => Ok(Tensor::from_raw(raw.duplicate())),
            _ => Err(absent("tensor", name)),
        }
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<&str> {
        let array = self.get(name).ok_or_else(|| absent("text", name))?;
        if array.dtype != dtype::U8 || array.tensor.is_some() {
            return Err(Error::new("bad-bundle", format!("`{name}` is no text")));
        }
        std::str::from_utf8(&array.bytes)
            .map_err(|e| Error::new("bad-bundle", format!("`{name}` is no text: {e}")))
    }

    /// A real scalar.
    pub fn real(&self, name: &str) -> Result<f64> {
        self.reals(name)?
            .first()
            .copied()
            .ok_or_else(|| absent("number", name))
    }

    /// A vector of reals, whatever number type it was written as.
    pub fn reals(&self, name: &str) -> Result<Vec<f64>> {
        let array = self.get(name).ok_or_else(|| absent("numbers", name))?;
        array.to_reals()
    }

    /// A whole number.
    pub fn int(&self, name: &str) -> Result<i64> {
        self.ints(name)?
            .first()
            .copied()
            .ok_or_else(|| absent("number", name))
    }

    /// A vector of unsigned 16-bit numbers, as [`put_u16s`](Bundle::put_u16s) writes it.
    pub fn u16s(&self, name: &str) -> Result<Vec<u16>> {
        let array = self.get(name).ok_or_else(|| absent("numbers", name))?;
        match array.dtype {
            dtype::U16 => Ok(chunks(array.whole()?).map(u16::from_ne_bytes).collect()),
            other => {
                let what = format!("`{name}` has element type {other}, not unsigned 16 bits");
                Err(Error::new("bad-bundle", what))
            }
        }
    }

    /// A vector of whole numbers.
    pub fn ints(&self, name: &str) -> Result<Vec<i64>> {
        let array = self.get(name).ok_or_else(|| absent("numbers", name))?;
        match array.dtype {
            dtype::I64 => Ok(chunks(array.whole()?).map(i64::from_ne_bytes).collect()),
            _ => Ok(array.to_reals()?.into_iter().map(|v| v as i64).collect()),
        }
    }
}

impl Array {
    /// The elements as doubles. A tensor handle, and bytes that do not fill the shape, are errors.
    pub fn to_reals(&self) -> Result<Vec<f64>> {
        let bytes = self.whole()?;
        Ok(match self.dtype {
            dtype::F64 => chunks(bytes).map(f64::from_ne_bytes).collect(),
            dtype::F32 => chunks(bytes).map(|b| f64::from(f32::from_ne_bytes(b))).collect(),
            dtype::I64 => chunks(bytes).map(|b| i64::from_ne_bytes(b) as f64).collect(),
            dtype::I32 => chunks(bytes).map(|b| f64::from(i32::from_ne_bytes(b))).collect(),
            dtype::U32 => chunks(bytes).map(|b| f64::from(u32::from_ne_bytes(b))).collect(),
            dtype::U16 => chunks(bytes).map(|b| f64::from(u16::from_ne_bytes(b))).collect(),
            dtype::U8 => bytes.iter().map(|b| f64::from(*b)).collect(),
            other => {
                return Err(Error::new(
                    "dtype",
                    format!("`{}` has unknown element type {other}", self.name),
                ));
            }
        })
    }

    fn whole(&self) -> Result<&[u8]> {
        if self.tensor.is_some() {
            let what = format!("`{}` is a tensor, not an array of numbers", self.name);
            return Err(Error::new("bad-bundle", what));
        }
        let size = dtype::size(self.dtype) as u64;
        let wanted = self.dims.iter().try_fold(size, |n, d| n.checked_mul(*d));
        if size != 0 && wanted != Some(self.bytes.len() as u64) {
            return Err(Error::new(
                "bad-bundle",
                format!(
                    "`{}` of shape {:?} has {} bytes, {size} for each element",
                    self.name,
                    self.dims,
                    self.bytes.len()
                ),
            ));
        }
        Ok(&self.bytes)
    }

    /// The shape.
    pub fn shape(&self) -> Vec<usize> {
        self.dims.iter().map(|d| *d as usize).collect()
    }
}

fn absent(what: &str, name: &str) -> Error {
    Error::new("bad-bundle", format!("no {what} called `{name}`"))
}

fn bytes_of<V: Copy, const N: usize>(values: &[V], encode: impl Fn(V) -> [u8; N]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(values.len() * N);
    values.iter().for_each(|v| bytes.extend_from_slice(&encode(*v)));
    bytes
}

fn chunks<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.chunks_exact(N).map(|c| {
        let mut out = [0; N];
        out.copy_from_slice(c);
        out
    })
}
