//! `x + factor * a * b` in one pass.

use super::compose;
use super::number::{Float, by_real};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{elements, room, tensor_of};
use super::walk::{Walk, broadcast, run3};
use crate::Session;
use candle_core::Tensor;
use neurotrain_plugin_api::Result;

/// The receiver plus `r0 * t0 * t1`; all three broadcast.
pub(crate) fn add_product(call: &Call<'_>) -> Result<Results> {
    let (left, right, factor) = (call.tensor(0)?, call.tensor(1)?, call.real(0)?);
    call.expect_reals(&[left, right])?;
    let dims = broadcast(left.shape(), right.shape()).and_then(|d| broadcast(call.receiver.shape(), &d));
    let Some(dims) = dims else {
        let why = format!(
            "the shapes do not broadcast to each other and to {:?}",
            right.shape()
        );
        return Err(call.mismatch(left, &why));
    };
    let (x, a, b) = (call.view()?, call.view_of(left)?, call.view_of(right)?);
    results::computed(
        call,
        &[&x, &a, &b],
        || by_real!(call.name, x.dtype(), R => kernel::<R>(call.session(), &x, &a, &b, factor, &dims)),
        || compose::add_product(&x, &a, &b, factor),
    )
}

fn kernel<R: Float>(
    session: &Session,
    x: &Tensor,
    a: &Tensor,
    b: &Tensor,
    factor: f64,
    dims: &[usize],
) -> Result<Tensor> {
    let factor = R::of(factor);
    let (x, a, b) = (elements(x), elements(a), elements(b));
    let walk = Walk::new(dims, [x.layout(), a.layout(), b.layout()]);
    let (x, a, b) = (x.all::<R>()?, a.all::<R>()?, b.all::<R>()?);
    let mut out = room::<R>(session, dims.iter().product())?;
    walk.fill(&mut out, |part, run| {
        run3(part, run, x, a, b, |x, a, b| x + factor * (a * b))
    });
    tensor_of(out, dims)
}
