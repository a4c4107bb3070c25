//! Shapes with any leading axes.

use neurotrain_plugin_api::abi::{Args, RawTensor, ops};
use neurotrain_plugin_api::{Error, Result};
use neurotrain_tensor::HostTensor;

/// The leading axes of `dims` before `shape`, which may also be flattened to one axis.
pub(crate) fn leading(dims: &[usize], shape: &[usize]) -> Option<Vec<usize>> {
    if dims.len() >= shape.len() && dims.ends_with(shape) {
        return Some(dims[..dims.len() - shape.len()].to_vec());
    }
    match dims.split_last() {
        Some((last, lead)) if *last == count(shape) => Some(lead.to_vec()),
        _ => None,
    }
}

/// Number of elements.
pub(crate) fn count(dims: &[usize]) -> usize {
    dims.iter().product()
}

/// `lead` followed by `shape`.
pub(crate) fn join(lead: &[usize], shape: &[usize]) -> Vec<usize> {
    [lead, shape].concat()
}

/// The same values in another shape, sharing memory and form.
pub(crate) fn reshape(tensor: &HostTensor, dims: &[usize]) -> Result<HostTensor> {
    if tensor.shape()[..] == *dims {
        return Ok(tensor.clone());
    }
    let ints: Vec<i64> = dims.iter().map(|d| *d as i64).collect();
    let out = RawTensor::call(tensor, ops::RESHAPE, Args::new(&[], &[], &ints, "")).into_result().map_err(Error::from)?;
    match out.first() {
        Some(raw) => HostTensor::of(raw),
        None => Err(Error::new("host-fault", "a reshape returned nothing")),
    }
}
