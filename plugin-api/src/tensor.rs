//! The tensor an author works with: a handle to an array that lives in the host.

use crate::abi::{Args, RawTensorBox, dtype, form};
use crate::{Error, Result};
use std::fmt;
use std::ops::Deref;

/// A tensor of the host. Cloning is cheap and gives another handle of the same tensor: an in-place
/// operation ([`trace`](Tensor::trace), [`add_scaled`](Tensor::add_scaled), [`assign`](Tensor::assign)) is
/// seen through every clone, but never through tensors computed from it.
///
/// Every operation returns a [`Result`]: shapes that do not fit give an error that names the operation and
/// both shapes.
pub struct Tensor {
    raw: RawTensorBox,
}

/// Element type of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DType {
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// Signed 64-bit integer.
    I64,
    /// Another type of the host.
    Other(u32),
}

impl DType {
    /// From the code that crosses the boundary.
    pub fn from_code(code: u32) -> Self {
        match code {
            dtype::F32 => DType::F32,
            dtype::F64 => DType::F64,
            dtype::I64 => DType::I64,
            other => DType::Other(other),
        }
    }
}

/// The lengths of a tensor's axes, at most eight; reads like a slice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    dims: [usize; 8],
    rank: usize,
}

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.dims[..self.rank]
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self[..], f)
    }
}

impl Clone for Tensor {
    fn clone(&self) -> Self {
        Tensor {
            raw: self.raw.duplicate(),
        }
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor({:?}, {:?})", self.shape(), self.dtype())
    }
}

/// Access to the raw handle.
impl Tensor {
    /// Wraps a raw handle.
    pub fn from_raw(raw: RawTensorBox) -> Self {
        Tensor { raw }
    }

    /// The raw handle.
    pub fn raw(&self) -> &RawTensorBox {
        &self.raw
    }

    /// Gives the raw handle away.
    pub fn into_raw(self) -> RawTensorBox {
        self.raw
    }

    pub(crate) fn op(&self, op: u32, t: &[&Tensor], r: &[f64], i: &[i64], text: &str) -> Result<Tensor> {
        let mut results = self.op_many(op, t, r, i, text)?;
        results.pop().ok_or_else(|| missing_result(op))
    }

    pub(crate) fn op_unit(&self, op: u32, t: &[&Tensor], r: &[f64], i: &[i64], text: &str) -> Result<()> {
        self.op_many(op, t, r, i, text).map(drop)
    }

    pub(crate) fn op_many(
        &self,
        op: u32,
        tensors: &[&Tensor],
        reals: &[f64],
        ints: &[i64],
        text: &str,
    ) -> Result<Vec<Tensor>> {
        with_raw(tensors, |raw| {
            let out = self
                .raw
                .call(op, Args::new(raw, reals, ints, text))
                .into_result()?;
            Ok(out.into_iter().map(Tensor::from_raw).collect())
        })
    }
}

pub(crate) fn missing_result(op: u32) -> Error {
    Error::new("host-fault", format!("operation {op} returned no tensor"))
}

/// Lays out raw references without allocating for the usual few operands.
pub(crate) fn with_raw<T>(tensors: &[&Tensor], body: impl FnOnce(&[&RawTensorBox]) -> T) -> T {
    match tensors {
        [] => body(&[]),
        [a] => body(&[&a.raw]),
        [a, b] => body(&[&a.raw, &b.raw]),
        [a, b, c] => body(&[&a.raw, &b.raw, &c.raw]),
        many => body(&many.iter().map(|t| &t.raw).collect::<Vec<_>>()),
    }
}

/// Shape and content.
impl Tensor {
    /// The lengths of the axes.
    pub fn shape(&self) -> Shape {
        let meta = self.raw.meta();
        let mut dims = [0; 8];
        for (to, from) in dims.iter_mut().zip(meta.dims) {
            *to = from as usize;
        }
        Shape {
            dims,
            rank: (meta.rank as usize).min(8),
        }
    }

    /// The length of axis `axis`.
    pub fn dim(&self, axis: usize) -> Result<usize> {
        let shape = self.shape();
        shape.get(axis).copied().ok_or_else(|| {
            Error::new(
                "shape-mismatch",
                format!("axis {axis} of a tensor of shape {shape:?} does not exist"),
            )
        })
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        DType::from_code(self.raw.meta().dtype)
    }

    /// Whether only the ones (or non-zeros) are stored, so that products with it are event-driven.
    pub fn is_sparse(&self) -> bool {
        self.raw.meta().form != form::DENSE
    }

    /// The elements in row-major order, as doubles.
    pub fn to_vec(&self) -> Result<Vec<f64>> {
        let code = self.raw.meta().dtype;
        self.lend(false, |loan| {
            Ok(match code {
                dtype::F64 => loan.read::<f64>()?.to_vec(),
                dtype::F32 => loan.read::<f32>()?.iter().map(|v| f64::from(*v)).collect(),
                dtype::I64 => loan.read::<i64>()?.iter().map(|v| *v as f64).collect(),
                dtype::I32 => loan.read::<i32>()?.iter().map(|v| f64::from(*v)).collect(),
                dtype::U32 => loan.read::<u32>()?.iter().map(|v| f64::from(*v)).collect(),
                dtype::U16 => loan.read::<u16>()?.iter().map(|v| f64::from(*v)).collect(),
                dtype::U8 => loan.read::<u8>()?.iter().map(|v| f64::from(*v)).collect(),
                other => {
                    return Err(Error::new(
                        "dtype",
                        format!("element type {other} cannot be read as real"),
                    ));
                }
            })
        })?
    }

    /// The elements as whole numbers: those of an i64 tensor exactly, others truncated.
    pub fn to_ints(&self) -> Result<Vec<i64>> {
        if self.dtype() == DType::I64 {
            return self.lend(false, |loan| Ok(loan.read::<i64>()?.to_vec()))?;
        }
        Ok(self.to_vec()?.into_iter().map(|v| v as i64).collect())
    }

    /// The value of a tensor with one element.
    pub fn item(&self) -> Result<f64> {
        match self.to_vec()?[..] {
            [value] => Ok(value),
            _ => Err(Error::new(
                "shape-mismatch",
                format!("`item` of a tensor of shape {:?}", self.shape()),
            )),
        }
    }

    /// Lends the elements as single-precision slice (CPU only; the manifest must declare `cpu_slices`).
    pub fn with_f32<T>(&self, body: impl FnOnce(&[f32]) -> T) -> Result<T> {
        self.expect_dtype(DType::F32)?;
        self.lend(false, |loan| Ok(body(loan.read()?)))?
    }

    /// Lends the elements as double-precision slice (CPU only; the manifest must declare `cpu_slices`).
    pub fn with_f64<T>(&self, body: impl FnOnce(&[f64]) -> T) -> Result<T> {
        self.expect_dtype(DType::F64)?;
        self.lend(false, |loan| Ok(body(loan.read()?)))?
    }

    /// Lends the elements to be written. Using this tensor inside `body` is an error, not a deadlock.
    pub fn with_f32_mut<T>(&self, body: impl FnOnce(&mut [f32]) -> T) -> Result<T> {
        self.expect_dtype(DType::F32)?;
        self.lend(true, |mut loan| Ok(body(loan.write()?)))?
    }

    /// Double-precision form of [`with_f32_mut`](Tensor::with_f32_mut).
    pub fn with_f64_mut<T>(&self, body: impl FnOnce(&mut [f64]) -> T) -> Result<T> {
        self.expect_dtype(DType::F64)?;
        self.lend(true, |mut loan| Ok(body(loan.write()?)))?
    }

    fn expect_dtype(&self, wanted: DType) -> Result<()> {
        let found = self.dtype();
        if found == wanted {
            return Ok(());
        }
        Err(Error::new(
            "dtype",
            format!("a slice of {wanted:?} was asked of a tensor of {found:?}"),
        )
        .with_hint("the run's `dtype` decides; ask `Tensor::dtype` first"))
    }
}
