//! Operations that change the shape or the form, not the values.

use super::event_rows::{self, row_axes};
use super::number::by_real;
use super::operands::{Call, dims_of};
use super::results::{self, Results};
use super::storage::{self, contiguous, elements};
use super::walk::broadcast;
use crate::{Dims, HostTensor};
use candle_core::DType;
use neurotrain_kernels::Events;
use neurotrain_plugin_api::abi::dtype;
use neurotrain_plugin_api::{Error, Result};

pub(crate) fn reshape(call: &Call<'_>) -> Result<Results> {
    let dims = infer(call)?;
    if let Some(events) = call.receiver.event_view() {
        let index = &events.events;
        if row_axes(&dims, index.rows, index.cols).is_some() {
            let category = call.receiver.category();
            return Ok(results::one(HostTensor::from_events(
                call.session(),
                events,
                dims,
                category,
            )));
        }
    }
    let a = call.view()?;
    let made = a.reshape(&dims[..]).map_err(storage::candle)?;
    Ok(results::one(results::derived(call, made, &[&a])))
}

/// The shape that `ints` names, with the one -1 filled in.
fn infer(call: &Call<'_>) -> Result<Dims> {
    let count = call.receiver.shape().count();
    let wrong = || {
        let message = format!(
            "`{}` of {:?} to {:?}: the numbers of elements differ",
            call.name,
            call.receiver.shape(),
            call.ints()
        );
        Error::new("shape-mismatch", message)
    };
    let mut ints = call.ints().to_vec();
    let holes = ints.iter().filter(|i| **i == -1).count();
    if holes > 1 {
        return Err(call.bad_args(format_args!("shape {:?} has more than one -1", call.ints())));
    }
    if holes == 1 {
        let others = ints
            .iter()
            .filter(|i| **i != -1)
            .try_fold(1_i64, |n, i| n.checked_mul(*i));
        let Some(others) = others.filter(|n| *n > 0 && count as i64 % n == 0) else {
            return Err(wrong());
        };
        ints.iter_mut()
            .filter(|i| **i == -1)
            .for_each(|i| *i = count as i64 / others);
    }
    let dims = dims_of(call.name, &ints)?;
    if dims.count() != count {
        return Err(wrong());
    }
    Ok(dims)
}

pub(crate) fn transpose(call: &Call<'_>) -> Result<Results> {
    let rank = call.receiver.shape().len();
    let (first, second) = (call.axis(0, rank)?, call.axis(1, rank)?);
    if let Some(events) = call.receiver.event_index() {
        let shape = call.receiver.shape();
        if first != second && rank == 2 && events.rows == shape[0] {
            let dims = [shape[1], shape[0]];
            let turned = events.transpose();
            return Ok(results::one(event_rows::tensor(
                call.session(),
                turned,
                &dims,
                call.receiver.category(),
            )));
        }
    }
    let a = call.view()?;
    let made = a.transpose(first, second).map_err(storage::candle)?;
    Ok(results::one(results::derived(call, made, &[&a])))
}

pub(crate) fn narrow(call: &Call<'_>) -> Result<Results> {
    let shape = call.receiver.shape();
    let axis = call.axis(0, shape.len())?;
    let (from, len) = (call.int(1)?, call.int(2)?);
    let end = from
        .checked_add(len)
        .filter(|e| from >= 0 && len >= 0 && *e <= shape[axis] as i64);
    if end.is_none() {
        let why = format!("positions {from} to {from} + {len} of axis {axis} are not all there");
        return Err(call.bad_shape(&why));
    }
    part(call, axis, from as usize, len as usize, false)
}

pub(crate) fn select(call: &Call<'_>) -> Result<Results> {
    let shape = call.receiver.shape();
    let axis = call.axis(0, shape.len())?;
    let index = call.int(1)?;
    if !(0..shape[axis] as i64).contains(&index) {
        return Err(call.bad_shape(&format!("axis {axis} has no position {index}")));
    }
    part(call, axis, index as usize, 1, true)
}

fn part(call: &Call<'_>, axis: usize, from: usize, len: usize, squeeze: bool) -> Result<Results> {
    if let Some((kept, mut dims)) = event_rows::part(call.receiver, axis, from, len) {
        if squeeze {
            dims.remove(axis);
        }
        return Ok(results::one(event_rows::tensor(
            call.session(),
            kept,
            &dims,
            call.receiver.category(),
        )));
    }
    let a = call.view()?;
    let made = a
        .narrow(axis, from, len)
        .and_then(|t| if squeeze { t.squeeze(axis) } else { Ok(t) });
    Ok(results::one(results::derived(
        call,
        made.map_err(storage::candle)?,
        &[&a],
    )))
}

pub(crate) fn broadcast_to(call: &Call<'_>) -> Result<Results> {
    let dims = dims_of(call.name, call.ints())?;
    if broadcast(call.receiver.shape(), &dims) != Some(dims) {
        return Err(call.bad_shape(&format!("it does not broadcast to {dims:?}")));
    }
    // A view costs nothing, but whatever reads it would abort for want of room.
    storage::check_room::<f64>(dims.count())
        .map_err(|e| e.context(format_args!("`{}` to {dims:?}", call.name)))?;
    let a = call.view()?;
    let made = a.broadcast_as(&dims[..]).map_err(storage::candle)?;
    Ok(results::one(results::derived(call, made, &[&a])))
}

pub(crate) fn copy(call: &Call<'_>) -> Result<Results> {
    let a = call.view()?;
    let made = storage::copied(&a)?;
    Ok(results::one(results::derived(call, made, &[&a])))
}

pub(crate) fn cast(call: &Call<'_>) -> Result<Results> {
    let to = match u32::try_from(call.int(0)?).unwrap_or(u32::MAX) {
        dtype::F32 => DType::F32,
        dtype::F64 => DType::F64,
        dtype::I64 => DType::I64,
        dtype::U8 => DType::U8,
        dtype::U32 => DType::U32,
        dtype::I32 => DType::I32,
        other => {
            let message = format!("`{}`: tensors of element type {other} cannot be made", call.name);
            return Err(Error::new("unsupported", message));
        }
    };
    if to == call.receiver.dtype() {
        return Ok(results::one(results::unchanged(call)?));
    }
    let a = call.view()?;
    let made = a.to_dtype(to).map_err(storage::candle)?;
    Ok(results::one(results::derived(call, made, &[&a])))
}

pub(crate) fn sparsify(call: &Call<'_>) -> Result<Results> {
    let shape = call.receiver.shape();
    let possible = call.receiver.event_index().is_none()
        && !shape.is_empty()
        && call.receiver.dtype() == call.session().dtype();
    if !possible {
        return Ok(results::one(results::unchanged(call)?));
    }
    let a = call.view()?;
    let cpu = a
        .detach()
        .to_device(&candle_core::Device::Cpu)
        .map_err(storage::candle)?;
    let dense = contiguous(&cpu)?;
    let cols = shape.last().copied().unwrap_or(1);
    let rows = shape[..shape.len() - 1].iter().product();
    let found = by_real!(call.name, a.dtype(), R => {
        Ok(Events::from_dense(elements(&dense).slice::<R>()?, rows, cols))
    })?;
    match found {
        Some(events) => Ok(results::one(event_rows::tensor(
            call.session(),
            events,
            shape,
            call.receiver.category(),
        ))),
        None => Ok(results::one(results::unchanged(call)?)),
    }
}
