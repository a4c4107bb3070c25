//! Concatenation and stacking.

use super::event_rows::{self, row_axes};
use super::operands::Call;
use super::results::{self, Results};
use super::storage;
use crate::dims::MAX_RANK;
use crate::{HostTensor, value::DenseView};
use candle_core::Tensor;
use neurotrain_kernels::Events;
use neurotrain_plugin_api::Result;
use std::sync::Arc;

pub(crate) fn cat(call: &Call<'_>) -> Result<Results> {
    let parts = parts(call)?;
    let shape = call.receiver.shape();
    let axis = call.axis(0, shape.len())?;
    for other in &parts[1..] {
        let fits = other.shape().len() == shape.len()
            && (0..shape.len()).all(|k| k == axis || other.shape()[k] == shape[k]);
        if !fits {
            return Err(call.mismatch(other, &format!("all axes but {axis} must agree")));
        }
    }
    let mut dims = shape.to_vec();
    dims[axis] = parts.iter().map(|p| p.shape()[axis]).sum();
    if axis == 0
        && let Some(events) = stacked(&parts, 1)
    {
        return Ok(results::one(event_rows::tensor(
            call.session(),
            events,
            &dims,
            call.receiver.category(),
        )));
    }
    let views = views(call, &parts)?;
    let made = Tensor::cat(&tensors(&views), axis).map_err(storage::candle)?;
    Ok(results::one(results::derived(
        call,
        made,
        &views.iter().collect::<Vec<_>>(),
    )))
}

pub(crate) fn stack(call: &Call<'_>) -> Result<Results> {
    let parts = parts(call)?;
    let shape = call.receiver.shape();
    // The new axis may come after the last one.
    let axis = call.axis(0, shape.len() + 1)?;
    if shape.len() == MAX_RANK {
        return Err(call.bad_shape("a tensor has at most 8 axes"));
    }
    for other in &parts[1..] {
        if other.shape() != shape {
            return Err(call.mismatch(other, "the shapes must agree"));
        }
    }
    let mut dims = shape.to_vec();
    dims.insert(axis, parts.len());
    if axis == 0
        && let Some(events) = stacked(&parts, 0)
    {
        return Ok(results::one(event_rows::tensor(
            call.session(),
            events,
            &dims,
            call.receiver.category(),
        )));
    }
    let views = views(call, &parts)?;
    let made = Tensor::stack(&tensors(&views), axis).map_err(storage::candle)?;
    Ok(results::one(results::derived(
        call,
        made,
        &views.iter().collect::<Vec<_>>(),
    )))
}

/// The receiver and all tensor operands, which have one element type.
fn parts<'a>(call: &Call<'a>) -> Result<Vec<&'a HostTensor>> {
    let mut parts = vec![call.receiver];
    for index in 0..call.args.tensors.len() {
        parts.push(call.tensor(index)?);
    }
    call.expect_same_types(&parts)?;
    Ok(parts)
}

fn views(call: &Call<'_>, parts: &[&HostTensor]) -> Result<Vec<DenseView>> {
    parts.iter().map(|p| call.view_of(p)).collect()
}

fn tensors(views: &[DenseView]) -> Vec<&Tensor> {
    views.iter().map(|v| &v.tensor).collect()
}

/// The rows of all parts below each other, where all are event indices whose rows are at least `axes` axes.
fn stacked(parts: &[&HostTensor], axes: usize) -> Option<Events> {
    let indices = parts.iter().map(|p| {
        let events = p.event_index()?;
        (row_axes(p.shape(), events.rows, events.cols)? >= axes).then_some(events)
    });
    let indices: Vec<Arc<Events>> = indices.collect::<Option<_>>()?;
    let ones: usize = indices.iter().map(|e| e.nnz()).sum();
    u32::try_from(ones).ok()?;
    Events::stack(indices.iter().map(|e| &**e))
}
