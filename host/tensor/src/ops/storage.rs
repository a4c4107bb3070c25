//! Slices of candle tensors on the CPU, and tensors from vectors.

use super::number::{Float, Number};
use crate::columns::turned;
use crate::value::DenseView;
use crate::{Session, loan, recycled};
use candle_core::{DType, Device, Layout, Storage, Tensor, WithDType};
use neurotrain_kernels::transpose;
use neurotrain_plugin_api::{Error, Result};
use std::borrow::Cow;
use std::ops::Deref;

/// A read lock on the elements of a tensor.
pub(crate) struct Elements<'a, G> {
    storage: G,
    layout: &'a Layout,
}

/// Locks the elements of `tensor` for reading. Writers cannot wait for them: in-place operations have their memory to
/// themselves.
pub(crate) fn elements(tensor: &Tensor) -> Elements<'_, impl Deref<Target = Storage> + '_> {
    let (storage, layout) = tensor.storage_and_layout();
    Elements { storage, layout }
}

impl<'a, G: Deref<Target = Storage>> Elements<'a, G> {
    /// The whole memory, of which the layout says where the elements lie.
    pub(crate) fn all<E: 'static>(&self) -> Result<&[E]> {
        loan::memory(&self.storage)
    }

    pub(crate) fn layout(&self) -> &'a Layout {
        self.layout
    }

    /// The elements in row-major order; the tensor must be contiguous.
    pub(crate) fn slice<E: 'static>(&self) -> Result<&[E]> {
        let Some((start, end)) = loan::range(self.layout) else {
            return Err(Error::new("host-fault", "a contiguous tensor was expected"));
        };
        Ok(&self.all()?[start..end])
    }
}

/// The tensor itself where it is contiguous, else a copy that is.
pub(crate) fn contiguous(tensor: &Tensor) -> Result<Cow<'_, Tensor>> {
    if tensor.is_contiguous() {
        return Ok(Cow::Borrowed(tensor));
    }
    copied(tensor).map(Cow::Owned)
}

/// A contiguous copy.
pub(crate) fn copied(tensor: &Tensor) -> Result<Tensor> {
    let turned = turned(tensor).filter(|_| tensor.device().is_cpu() && !tensor.track_op());
    match turned {
        Some(turned) if tensor.dtype() == DType::F32 => transposed::<f32>(&turned),
        Some(turned) if tensor.dtype() == DType::F64 => transposed::<f64>(&turned),
        _ => tensor.force_contiguous().map_err(candle),
    }
}

/// The transpose of a contiguous matrix, in memory of its own.
fn transposed<R: Float>(matrix: &Tensor) -> Result<Tensor> {
    let (rows, cols) = matrix.dims2().map_err(candle)?;
    let mut out = vec![R::NOUGHT; rows * cols];
    transpose(elements(matrix).slice::<R>()?, [rows, cols], &mut out);
    tensor_of(out, &[cols, rows])
}

/// A CPU tensor that owns `values`.
pub(crate) fn tensor_of<E: WithDType>(values: Vec<E>, dims: &[usize]) -> Result<Tensor> {
    Tensor::from_vec(values, dims, &Device::Cpu).map_err(candle)
}

/// Elements with arbitrary values, all of which the caller writes; an error instead of an abort where there is no room for
/// them.
pub(crate) fn room<N: Number>(session: &Session, count: usize) -> Result<Vec<N>> {
    check_room::<N>(count)?;
    let kept = if count.saturating_mul(size_of::<N>()) >= recycled::LEAST {
        session.kept_buffer(count)
    } else {
        None
    };
    Ok(kept.unwrap_or_else(|| vec![N::NOUGHT; count]))
}

/// That `count` elements can be allocated. Asked of the system for large counts only.
pub(crate) fn check_room<E>(count: usize) -> Result<()> {
    const LARGE: usize = 1 << 30;
    if count.saturating_mul(size_of::<E>()) < LARGE {
        return Ok(());
    }
    Vec::<E>::new().try_reserve_exact(count).map_err(|e| {
        Error::new(
            "out-of-memory",
            format!("{count} elements of {} bytes: {e}", size_of::<E>()),
        )
    })
}

/// Whether slices may be used: on the CPU, and no operand tracks gradients.
pub(crate) fn plain(operands: &[&DenseView]) -> bool {
    operands.iter().all(|t| t.device().is_cpu() && !t.track_op())
}

/// Whether two tensors see the same memory.
pub(crate) fn same_memory(a: &Tensor, b: &Tensor) -> bool {
    let (a, b) = (a.storage_and_layout().0, b.storage_and_layout().0);
    std::ptr::eq::<Storage>(&*a, &*b)
}

/// What candle says, for failures that the checks of an operation did not foresee.
pub(crate) fn candle(error: candle_core::Error) -> Error {
    Error::new("tensor-op", error.to_string())
}
