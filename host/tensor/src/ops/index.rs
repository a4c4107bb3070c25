//! Rows picked or added by index.

use super::axis::Split;
use super::event_rows::{self, row_axes};
use super::number::{Number, by_number};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{self, contiguous, elements, tensor_of};
use crate::HostTensor;
use candle_core::{Device, Tensor};
use neurotrain_plugin_api::{Error, Result};

/// Positions `t0` of axis `i0`.
pub(crate) fn index_select(call: &Call<'_>) -> Result<Results> {
    let shape = call.receiver.shape();
    let axis = call.axis(0, shape.len())?;
    let chosen = call.tensor(0)?;
    let index = read_index(call, chosen, shape[axis])?;
    let mut dims = shape.to_vec();
    dims[axis] = index.len();
    if let Some(events) = call.receiver.event_index()
        && let Some(axes) = row_axes(shape, events.rows, events.cols)
        && axis < axes
    {
        let picked = event_rows::gather(&events, shape, axis, &index, axes);
        return Ok(results::one(event_rows::tensor(
            call.session(),
            picked,
            &dims,
            call.receiver.category(),
        )));
    }
    let a = call.view()?;
    let chosen = call.view_of(chosen)?;
    results::computed(
        call,
        &[&a, &chosen],
        || by_number!(call.name, a.dtype(), N => select_kernel::<N>(&a, axis, &index, &dims)),
        || a.contiguous()?.index_select(&chosen.contiguous()?, axis),
    )
}

/// The receiver with `t1` added at positions `t0` of axis `i0`; a position that comes twice is added to twice.
pub(crate) fn index_add(call: &Call<'_>) -> Result<Results> {
    let shape = call.receiver.shape();
    let axis = call.axis(0, shape.len())?;
    let (chosen, source) = (call.tensor(0)?, call.tensor(1)?);
    call.expect_same_types(&[source])?;
    let index = read_index(call, chosen, shape[axis])?;
    let mut dims = shape.to_vec();
    dims[axis] = index.len();
    if source.shape()[..] != dims[..] {
        return Err(call.mismatch(
            source,
            &format!("with {} indices, {dims:?} is wanted", index.len()),
        ));
    }
    let (a, b) = (call.view()?, call.view_of(source)?);
    let chosen = call.view_of(chosen)?;
    results::computed(
        call,
        &[&a, &b, &chosen],
        || by_number!(call.name, a.dtype(), N => add_kernel::<N>(&a, axis, &index, &b)),
        || {
            a.contiguous()?
                .index_add(&chosen.contiguous()?, &b.contiguous()?, axis)
        },
    )
}

/// The values of an index vector, all below `bound`.
pub(crate) fn read_index(call: &Call<'_>, index: &HostTensor, bound: usize) -> Result<Vec<i64>> {
    call.expect_indices(index)?;
    let values = i64_values(&*call.view_of(index)?)?;
    match values.iter().position(|v| !(0..bound as i64).contains(v)) {
        None => Ok(values),
        Some(at) => {
            let message = format!(
                "`{}`: index {} at position {at} is not in 0..{bound}",
                call.name, values[at]
            );
            Err(Error::new("bad-args", message))
        }
    }
}

fn i64_values(tensor: &Tensor) -> Result<Vec<i64>> {
    let cpu = tensor.to_device(&Device::Cpu).map_err(storage::candle)?;
    let dense = contiguous(&cpu)?;
    let values = elements(&dense).slice::<i64>()?.to_vec();
    Ok(values)
}

fn select_kernel<N: Number>(a: &Tensor, axis: usize, index: &[i64], dims: &[usize]) -> Result<Tensor> {
    let Split { outer, length, inner } = Split::around(a.dims(), axis, axis + 1);
    let dense = contiguous(a)?;
    let lock = elements(&dense);
    let values = lock.slice::<N>()?;
    let mut out = Vec::with_capacity(outer * index.len() * inner);
    for block in 0..outer {
        for i in index {
            let start = (block * length + *i as usize) * inner;
            out.extend_from_slice(&values[start..start + inner]);
        }
    }
    tensor_of(out, dims)
}

fn add_kernel<N: Number>(a: &Tensor, axis: usize, index: &[i64], source: &Tensor) -> Result<Tensor> {
    let Split { outer, length, inner } = Split::around(a.dims(), axis, axis + 1);
    let (dense, added) = (contiguous(a)?, contiguous(source)?);
    let mut out = elements(&dense).slice::<N>()?.to_vec();
    let lock = elements(&added);
    let mut rows = lock.slice::<N>()?.chunks_exact(inner.max(1));
    for block in 0..outer {
        for i in index {
            let start = (block * length + *i as usize) * inner;
            let Some(row) = rows.next() else { break };
            for (t, x) in out[start..start + inner].iter_mut().zip(row) {
                *t = t.plus(*x);
            }
        }
    }
    tensor_of(out, a.dims())
}
