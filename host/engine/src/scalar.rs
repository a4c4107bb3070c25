//! The real types of runs, and access to tensor elements on any device.

use candle_core::{Device, Tensor, WithDType};
use neurotrain_kernels::Real;
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::{Category, HostTensor, Session};
use std::sync::Arc;

/// `f32` or `f64`.
pub(crate) trait Scalar: Real + WithDType {}

impl Scalar for f32 {}
impl Scalar for f64 {}

/// Lends the elements of a tensor; off the CPU a copy of them.
pub(crate) fn read<R: Scalar, T>(tensor: &HostTensor, body: impl FnOnce(&[R]) -> T) -> Result<T> {
    if tensor.session().device().is_cpu() {
        return tensor.with_slice(body);
    }
    let values = tensor.dense_tensor()?.to_device(&Device::Cpu).and_then(|t| t.flatten_all()?.to_vec1::<R>());
    Ok(body(&values.map_err(candle)?))
}

/// Lends the elements of a tensor to be changed; tensors that share its memory keep theirs.
pub(crate) fn update<R: Scalar, T>(tensor: &HostTensor, body: impl FnOnce(&mut [R]) -> Result<T>) -> Result<T> {
    let mut outcome = None;
    if tensor.session().device().is_cpu() {
        tensor.modify(|values: &mut [R]| outcome = Some(body(values)))?;
    } else {
        let mut values = read(tensor, <[R]>::to_vec)?;
        outcome = Some(body(&mut values));
        tensor.assign(&HostTensor::from_vec(tensor.session(), values, tensor.shape(), tensor.category())?)?;
    }
    outcome.unwrap_or_else(|| Err(Error::new("host-fault", "a tensor was not lent")))
}

/// An error of candle as data.
pub(crate) fn candle(error: candle_core::Error) -> Error {
    Error::new("tensor-op", error.to_string())
}

/// A candle tensor of the run from values.
pub(crate) fn tensor_of<R: Scalar>(session: &Session, values: Vec<R>, dims: &[usize]) -> Result<Tensor> {
    Tensor::from_vec(values, dims, session.device()).map_err(candle)
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
        Held { session: session.clone(), category, values }
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
        self.session.meter().release(self.category, size_of_val(&self.values[..]) as u64);
    }
}
