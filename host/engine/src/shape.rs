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

/// The same values in another shape, sharing memory and form. A tensor that repeats one frame along its leading axis goes on
/// doing so.
pub(crate) fn reshape(tensor: &HostTensor, dims: &[usize]) -> Result<HostTensor> {
    if tensor.shape()[..] == *dims {
        return Ok(tensor.clone());
    }
    if let Some((frame, times)) = repeated(tensor)?
        && dims.first() == Some(&times)
    {
        let one = operation(&frame, ops::RESHAPE, &join(&[1], &dims[1..]))?;
        return operation(&one, ops::BROADCAST_TO, dims);
    }
    operation(tensor, ops::RESHAPE, dims)
}

/// The one frame `[1, ..]` that a tensor repeats along its leading axis without copies (direct coding), and how often.
pub(crate) fn repeated(tensor: &HostTensor) -> Result<Option<(HostTensor, usize)>> {
    let times = tensor.shape().first().copied().unwrap_or(0);
    if times < 2 || tensor.event_index().is_some() || tensor.view()?.stride().first() != Some(&0) {
        return Ok(None);
    }
    Ok(Some((operation(tensor, ops::NARROW, &[0, 0, 1])?, times)))
}

fn operation(tensor: &HostTensor, op: u32, numbers: &[usize]) -> Result<HostTensor> {
    let ints: Vec<i64> = numbers.iter().map(|n| *n as i64).collect();
    let out = RawTensor::call(tensor, op, Args::new(&[], &[], &ints, ""))
        .into_result()
        .map_err(Error::from)?;
    match out.first() {
        Some(raw) => HostTensor::of(raw),
        None => Err(Error::new(
            "host-fault",
            format!("tensor operation {op} returned nothing"),
        )),
    }
}
