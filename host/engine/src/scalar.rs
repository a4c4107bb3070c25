//! The real types of runs, and access to tensor elements on any device.

use candle_core::{DType, Device, Tensor};
use neurotrain_kernels::Real;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{Category, HostTensor, Session};
use std::sync::Arc;

/// `f32` or `f64`.
pub(crate) trait Scalar: Real {
    /// Its type as candle names it.
    const DTYPE: DType;
    /// The elements of a tensor of this type on the CPU, in row-major order.
    fn elements(tensor: &Tensor) -> candle_core::Result<Vec<Self>>;
}

impl Scalar for f32 {
    const DTYPE: DType = DType::F32;
    fn elements(tensor: &Tensor) -> candle_core::Result<Vec<f32>> {
        tensor.flatten_all()?.to_vec1()
    }
}

impl Scalar for f64 {
    const DTYPE: DType = DType::F64;
    fn elements(tensor: &Tensor) -> candle_core::Result<Vec<f64>> {
        tensor.flatten_all()?.to_vec1()
    }
}

/// Lends the elements of a tensor; off the CPU a copy of them.
pub(crate) fn read<R: Scalar, T>(tensor: &HostTensor, body: impl FnOnce(&[R]) -> T) -> Result<T> {
    if tensor.session().device().is_cpu() {
        return tensor.with_slice(body);
    }
    let values = tensor
        .view()?
        .to_device(&Device::Cpu)
        .and_then(|t| R::elements(&t));
    Ok(body(&values.map_err(|e| Error::new("tensor-op", e.to_string()))?))
}

/// Lends the elements of a tensor to be changed; tensors that share its memory keep theirs.
pub(crate) fn update<R: Scalar, T>(
    tensor: &HostTensor,
    body: impl FnOnce(&mut [R]) -> Result<T>,
) -> Result<T> {
    let mut outcome = None;
    if tensor.session().device().is_cpu() {
        tensor.modify(|values: &mut [R]| outcome = Some(body(values)))?;
    } else {
        let mut values = read(tensor, <[R]>::to_vec)?;
        outcome = Some(body(&mut values));
        tensor.assign(&HostTensor::from_vec(
            tensor.session(),
            values,
            tensor.shape(),
            tensor.category(),
        )?)?;
    }
    outcome.unwrap_or_else(|| Err(Error::new("host-fault", "a tensor was not lent")))
}

/// A value of the engine's own whose bytes are metered.
#[derive(Debug)]
pub(crate) struct Held<T> {
    session: Arc<Session>,
    category: Category,
    bytes: u64,
    value: T,
}

impl<T> Held<T> {
    pub(crate) fn new(session: &Arc<Session>, value: T, bytes: usize, category: Category) -> Self {
        let bytes = bytes as u64;
        session.meter().charge(category, bytes);
        Held {
            session: session.clone(),
            category,
            bytes,
            value,
        }
    }
}

impl Held<()> {
    /// Counts bytes that an operation uses until the guard is dropped.
    pub(crate) fn scratch(session: &Arc<Session>, bytes: usize) -> Self {
        Held::new(session, (), bytes, Category::Scratch)
    }
}

impl<R: Real> Held<Vec<R>> {
    pub(crate) fn of_values(session: &Arc<Session>, values: Vec<R>, category: Category) -> Self {
        let bytes = size_of_val(&values[..]);
        Held::new(session, values, bytes, category)
    }
}

impl<T> std::ops::Deref for Held<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> std::ops::DerefMut for Held<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        self.session.meter().release(self.category, self.bytes);
    }
}
