//! First-order filters along axis 0.

use super::compose;
use super::number::{Float, by_real};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{contiguous, elements, room, tensor_of};
use crate::Session;
use candle_core::Tensor;
use neurotrain_kernels::scan;
use neurotrain_plugin_api::Result;

/// `y_t = r0 y_{t-1} + self_t`, or from the end with `i0`.
pub(crate) fn scan_decay(call: &Call<'_>) -> Result<Results> {
    call.expect_reals(&[])?;
    let (decay, reverse) = (call.real(0)?, call.flag(0));
    expect_steps(call)?;
    let x = call.view()?;
    results::computed(
        call,
        &[&x],
        || {
            by_real!(call.name, x.dtype(), R => {
                filter::<R>(call.session(), &x, |x, out, width| {
                    scan::decay_into(R::of(decay), x, out, width, reverse);
                    Ok(())
                })
            })
        },
        || compose::scan_decay(&x, decay, reverse),
    )
}

/// `y_t = t0_t y_{t-1} + self_t`, or with `i0` from the end `y_t = t0_{t+1} y_{t+1} + self_t`.
pub(crate) fn scan_gain(call: &Call<'_>) -> Result<Results> {
    let gain = call.tensor(0)?;
    call.expect_reals(&[gain])?;
    expect_steps(call)?;
    if gain.shape() != call.receiver.shape() {
        return Err(call.mismatch(gain, "a gain for every element is wanted"));
    }
    let reverse = call.flag(0);
    let (x, g) = (call.view()?, call.view_of(gain)?);
    results::computed(
        call,
        &[&x, &g],
        || {
            by_real!(call.name, x.dtype(), R => {
                let gains = contiguous(&g)?;
                filter::<R>(call.session(), &x, |x, out, width| {
                    scan::gain_into(elements(&gains).slice::<R>()?, x, out, width, reverse);
                    Ok(())
                })
            })
        },
        || compose::scan_gain(&x, &g, reverse),
    )
}

fn expect_steps(call: &Call<'_>) -> Result<()> {
    if call.receiver.shape().is_empty() {
        return Err(call.bad_shape("a tensor with an axis of steps is wanted"));
    }
    Ok(())
}

fn filter<R: Float>(
    session: &Session,
    x: &Tensor,
    run: impl FnOnce(&[R], &mut [R], usize) -> Result<()>,
) -> Result<Tensor> {
    let dense = contiguous(x)?;
    let lock = elements(&dense);
    let values = lock.slice::<R>()?;
    let mut out = room(session, values.len())?;
    if !out.is_empty() {
        let width = out.len() / x.dims()[0];
        run(values, &mut out, width)?;
    }
    tensor_of(out, x.dims())
}
