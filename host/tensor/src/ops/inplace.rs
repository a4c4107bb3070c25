//! Operations that change the receiver.

use super::compose;
use super::number::{Float, by_real};
use super::operands::Call;
use super::results::{self, Results, fresh};
use super::storage::{self, contiguous, elements};
use super::walk::{Walk, broadcast, run1};
use crate::value::DenseView;
use crate::{HostTensor, loan};
use neurotrain_kernels::{Events, scan};
use neurotrain_plugin_api::Result;

/// `self <- r0 * self + r1 * t0` (`r1` 1 where not given).
pub(crate) fn trace(call: &Call<'_>) -> Result<Results> {
    let decay = call.real(0)?;
    update(call, decay, call.real_or(1, 1.0))
}

/// `self <- self + r0 * t0`.
pub(crate) fn add_scaled(call: &Call<'_>) -> Result<Results> {
    let factor = call.real(0)?;
    update(call, 1.0, factor)
}

/// `self <- t0`.
pub(crate) fn assign(call: &Call<'_>) -> Result<Results> {
    call.receiver.assign(call.tensor(0)?)?;
    Ok(results::none())
}

fn update(call: &Call<'_>, decay: f64, factor: f64) -> Result<Results> {
    let source = call.tensor(0)?;
    call.expect_reals(&[source])?;
    if broadcast(call.receiver.shape(), source.shape()).as_ref() != Some(call.receiver.shape()) {
        return Err(call.mismatch(
            source,
            "the second does not broadcast to the first, which is changed in place",
        ));
    }
    if !call.session().device().is_cpu() {
        let (a, x) = (call.view()?, call.view_of(source)?);
        let made = compose::trace(&a, &x, decay, factor).map_err(storage::candle)?;
        replace(call, made.detach())?;
        return Ok(results::none());
    }
    // An operand that is the receiver itself is read before it is changed: its view makes the receiver copy.
    let same_shape = source.shape() == call.receiver.shape();
    if same_shape && let Some(events) = source.event_index() {
        by_real!(call.name, call.receiver.dtype(), R => add_events::<R>(call.receiver, &events, decay, factor))?;
        return Ok(results::none());
    }
    if same_shape && source.lies_by_columns() {
        by_real!(call.name, call.receiver.dtype(), R => add_columns::<R>(call.receiver, source, decay, factor))?;
        return Ok(results::none());
    }
    let x = call.view_of(source)?;
    by_real!(call.name, call.receiver.dtype(), R => add_dense::<R>(call.receiver, &x, decay, factor, same_shape))?;
    Ok(results::none())
}

fn add_dense<R: Float>(
    target: &HostTensor,
    x: &DenseView,
    decay: f64,
    factor: f64,
    same_shape: bool,
) -> Result<()> {
    let (decay, factor) = (R::of(decay), R::of(factor));
    if same_shape {
        let dense = contiguous(x)?;
        return target.exclusive(|t| {
            let lock = elements(&dense);
            let x = lock.slice::<R>()?;
            loan::write::<R, _>(t, |io| scan::trace(decay, factor, x, io))
        });
    }
    target.exclusive(|t| {
        let lock = elements(x);
        let walk = Walk::new(t.dims(), [lock.layout()]);
        let x = lock.all::<R>()?;
        loan::write::<R, _>(t, |io| {
            let before = io.to_vec();
            walk.fill(io, |part, run| run1(part, run, x, |v| factor * v));
            for (y, b) in io.iter_mut().zip(&before) {
                *y += decay * *b;
            }
        })
    })
}

/// The target lies as the source does afterwards, which spares turning the next one.
fn add_columns<R: Float>(target: &HostTensor, x: &HostTensor, decay: f64, factor: f64) -> Result<()> {
    // A view of the source, which may be the target itself: that copies before it changes.
    let x = x.snapshot()?;
    let (decay, factor) = (R::of(decay), R::of(factor));
    x.with_columns(|x: &[R]| target.modify_columns(|io: &mut [R]| scan::trace(decay, factor, x, io)))?
}

fn add_events<R: Float>(target: &HostTensor, events: &Events, decay: f64, factor: f64) -> Result<()> {
    let (decay, factor) = (R::of(decay), R::of(factor));
    target.modify::<R>(|io| scan::trace_events(decay, factor, events, io))
}

fn replace(call: &Call<'_>, tensor: candle_core::Tensor) -> Result<()> {
    let made = fresh(call.session(), tensor);
    call.receiver.replace(made.view()?)
}
