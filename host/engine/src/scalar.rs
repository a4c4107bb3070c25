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

/// Numbers of the engine's own that are metered.
#[derive(Debug)]
pub(crate) struct Held<R> {
    session: Arc<Session>,
    category: Category,
    values: Vec<R>,
}

impl<R: Scalar> Held<R> {
    pub(crate) fn new(session: &Arc<Session>, values: Vec<R>, category: Category) -> Self {
        session.meter().charge(category, size_of_val(&values[..]) as u64);
        Held {
            session: session.clone(),
            category,
            values,
        }
    }
}

impl<R> std::ops::Deref for Held<R> {
    type Target = [R];
    fn deref(&self) -> &[R] {
        &self.values
    }
}

impl<R> std::ops::DerefMut for Held<R> {
    fn deref_mut(&mut self) -> &mut [R] {
        &mut self.values
    }
}

impl<R> Drop for Held<R> {
    fn drop(&mut self) {
        self.session
            .meter()
            .release(self.category, size_of_val(&self.values[..]) as u64);
    }
}
