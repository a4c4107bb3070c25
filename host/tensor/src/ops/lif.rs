//! One step of leaky integrate-and-fire neurons without a network.

use super::compose;
use super::number::{Float, by_real, one_if};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{self, contiguous, elements, plain, tensor_of};
use abi_stable::std_types::RVec;
use candle_core::Tensor;
use neurotrain_plugin_api::Result;

/// `u' = (r0 u + t0) - r1 t1`, and the spikes `u' > r1` (`>=` with `i0`).
pub(crate) fn lif_step(call: &Call<'_>) -> Result<Results> {
    let (current, reset) = (call.tensor(0)?, call.tensor(1)?);
    let (decay, threshold, inclusive) = (call.real(0)?, call.real(1)?, call.flag(0));
    call.expect_reals(&[current, reset])?;
    for other in [current, reset] {
        if other.shape() != call.receiver.shape() {
            return Err(call.mismatch(other, "membrane, current and previous spikes must have one shape"));
        }
    }
    let (u, i, s) = (call.view()?, call.view_of(current)?, call.view_of(reset)?);
    let (membrane, spikes) = if plain(&[&u, &i, &s]) {
        by_real!(call.name, u.dtype(), R => kernel::<R>(&u, &i, &s, decay, threshold, inclusive))?
    } else {
        compose::lif_step(&u, &i, &s, decay, threshold, inclusive).map_err(storage::candle)?
    };
    let both = [membrane, spikes].map(|t| results::derived(call, t, &[&u, &i, &s]).into_raw());
    Ok(RVec::from(Vec::from(both)))
}

fn kernel<R: Float>(
    u: &Tensor,
    current: &Tensor,
    reset: &Tensor,
    decay: f64,
    threshold: f64,
    inclusive: bool,
) -> Result<(Tensor, Tensor)> {
    let (decay, threshold) = (R::of(decay), R::of(threshold));
    let dims = u.dims();
    let (u, i, s) = (contiguous(u)?, contiguous(current)?, contiguous(reset)?);
    let (u, i, s) = (elements(&u), elements(&i), elements(&s));
    let (u, i, s) = (u.slice::<R>()?, i.slice::<R>()?, s.slice::<R>()?);
    let membrane: Vec<R> = u
        .iter()
        .zip(i)
        .zip(s)
        .map(|((u, i), s)| ((decay * *u) + *i) - (threshold * *s))
        .collect();
    let spikes: Vec<R> = if inclusive {
        membrane.iter().map(|u| one_if(*u >= threshold)).collect()
    } else {
        membrane.iter().map(|u| one_if(*u > threshold)).collect()
    };
    Ok((tensor_of(membrane, dims)?, tensor_of(spikes, dims)?))
}
