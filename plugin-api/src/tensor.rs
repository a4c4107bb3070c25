//! The tensor an author works with: a handle to an array that lives in the host.

use crate::abi::{Args, RawTensorBox, catch, dtype, form};
use crate::{Error, Result};
use core::ffi::c_void;
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
        let mut out = Vec::new();
        self.visit(false, |bytes| {
            match code {
                dtype::F64 => out.extend(cast::<f64>(bytes)),
                dtype::F32 => out.extend(cast::<f32>(bytes).iter().map(|v| f64::from(*v))),
                dtype::I64 => out.extend(cast::<i64>(bytes).iter().map(|v| *v as f64)),
                dtype::U32 => out.extend(cast::<u32>(bytes).iter().map(|v| f64::from(*v))),
                dtype::U8 => out.extend(bytes.iter().map(|v| f64::from(*v))),
                other => {
                    return Err(Error::new(
                        "dtype",
                        format!("element type {other} cannot be read as real"),
                    ));
                }
            }
            Ok(())
        })??;
        Ok(out)
    }

    /// The elements of an i64 tensor.
    pub fn to_ints(&self) -> Result<Vec<i64>> {
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
        self.visit(false, |bytes| body(cast(bytes)))
    }

    /// Lends the elements as double-precision slice (CPU only; the manifest must declare `cpu_slices`).
    pub fn with_f64<T>(&self, body: impl FnOnce(&[f64]) -> T) -> Result<T> {
        self.expect_dtype(DType::F64)?;
        self.visit(false, |bytes| body(cast(bytes)))
    }

    /// Lends the elements to be written. Using this tensor inside `body` is an error, not a deadlock.
    pub fn with_f32_mut<T>(&self, body: impl FnOnce(&mut [f32]) -> T) -> Result<T> {
        self.expect_dtype(DType::F32)?;
        self.visit(true, |bytes| body(cast_mut(bytes)))
    }

    /// Double-precision form of [`with_f32_mut`](Tensor::with_f32_mut).
    pub fn with_f64_mut<T>(&self, body: impl FnOnce(&mut [f64]) -> T) -> Result<T> {
        self.expect_dtype(DType::F64)?;
        self.visit(true, |bytes| body(cast_mut(bytes)))
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

    fn visit<T>(&self, exclusive: bool, body: impl FnOnce(&mut [u8]) -> T) -> Result<T> {
        struct Visit<F, T> {
            body: Option<F>,
            result: Option<Result<T>>,
        }
        extern "C" fn trampoline<F: FnOnce(&mut [u8]) -> T, T>(
            user: *mut c_void,
            data: *mut u8,
            bytes: usize,
        ) {
            // SAFETY: `user` is the `Visit` of the enclosing call, which outlives this callback.
            let visit = unsafe { &mut *user.cast::<Visit<F, T>>() };
            let slice = if bytes == 0 {
                &mut []
            } else {
                // SAFETY: the host lends `bytes` initialised bytes at `data` until this callback returns.
                // For a shared loan the callers in this module hand the slice on as shared.
                unsafe { std::slice::from_raw_parts_mut(data, bytes) }
            };
            if let Some(body) = visit.body.take() {
                visit.result = Some(
                    catch("slice closure", || Ok(body(slice)))
                        .into_result()
                        .map_err(Error::from),
                );
            }
        }
        fn trampoline_of<F: FnOnce(&mut [u8]) -> T, T>(_: &Visit<F, T>) -> crate::abi::SliceVisitor {
            crate::abi::SliceVisitor {
                call: trampoline::<F, T>,
            }
        }
        let mut visit = Visit {
            body: Some(body),
            result: None,
        };
        let callback = trampoline_of(&visit);
        self.raw
            .borrow(exclusive, (&raw mut visit).cast(), callback)
            .into_result()?;
        visit
            .result
            .unwrap_or_else(|| Err(Error::new("host-fault", "the host did not lend the tensor")))
    }
}

fn cast<E: Copy>(bytes: &[u8]) -> &[E] {
    // SAFETY: only called with plain number types, for which every bit pattern is valid.
    let (head, body, tail) = unsafe { bytes.align_to::<E>() };
    debug_assert!(
        head.is_empty() && tail.is_empty(),
        "the host lends aligned elements"
    );
    body
}

fn cast_mut<E: Copy>(bytes: &mut [u8]) -> &mut [E] {
    // SAFETY: as in `cast`.
    let (head, body, tail) = unsafe { bytes.align_to_mut::<E>() };
    debug_assert!(
        head.is_empty() && tail.is_empty(),
        "the host lends aligned elements"
    );
    body
}
