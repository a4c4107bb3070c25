//! One step of a per-synapse trace and its use.

use super::number::{Float, by_real};
use super::operands::Call;
use super::results::{self, Results, fresh};
use super::storage::{self, contiguous, elements};
use crate::value::DenseView;
use crate::{HostTensor, Phase, SynapticOps, loan};
use neurotrain_kernels::eligibility::{Gain, Step, step};
use neurotrain_plugin_api::Result;

/// In place on self `[B, n, i]` and `t3 [n, i]`: `e <- gain e + t0 t1ᵀ`, `t3 += Σ_b t2 e`. The gain is `r0`, or `t4`
/// where `i0` is 1.
pub(crate) fn eligibility_step(call: &Call<'_>) -> Result<Results> {
    let (post, pre, signal, gradient) = (call.tensor(0)?, call.tensor(1)?, call.tensor(2)?, call.tensor(3)?);
    call.expect_reals(&[post, pre, signal, gradient])?;
    let &[batch, n, inputs] = &call.receiver.shape()[..] else {
        return Err(call.bad_shape("a trace per synapse has the axes [B, n, i]"));
    };
    let gain = if call.flag(0) { Some(call.tensor(4)?) } else { None };
    let fits = |tensor: &HostTensor, dims: &[usize]| match &tensor.shape()[..] == dims {
        true => Ok(()),
        false => Err(call.mismatch(tensor, &format!("the second must be {dims:?}"))),
    };
    fits(post, &[batch, n])?;
    fits(pre, &[batch, inputs])?;
    fits(signal, &[batch, n])?;
    fits(gradient, &[n, inputs])?;
    if let Some(gain) = gain {
        call.expect_reals(&[gain])?;
        fits(gain, &[batch, n])?;
    }
    let work = (batch * n * inputs) as u64;
    let ops = SynapticOps {
        dense_mac: 2 * work,
        effective_ac: 0,
        effective_mac: 2 * work,
    };
    call.session().meter().count(Phase::Learning, ops);
    let sides = Sides {
        post: call.view_of(post)?,
        pre: call.view_of(pre)?,
        signal: call.view_of(signal)?,
        gain: gain.map(|gain| call.view_of(gain)).transpose()?,
        decay: if gain.is_some() { 1.0 } else { call.real(0)? },
    };
    if call.session().device().is_cpu() {
        by_real!(call.name, call.receiver.dtype(), R => fused::<R>(call.receiver, gradient, &sides, [n, inputs]))?;
        return Ok(results::none());
    }
    composed(call, gradient, &sides)?;
    Ok(results::none())
}

struct Sides {
    post: DenseView,
    pre: DenseView,
    signal: DenseView,
    gain: Option<DenseView>,
    decay: f64,
}

fn fused<R: Float>(
    trace: &HostTensor,
    gradient: &HostTensor,
    sides: &Sides,
    [n, inputs]: [usize; 2],
) -> Result<()> {
    let (post, pre, signal) = (
        contiguous(&sides.post)?,
        contiguous(&sides.pre)?,
        contiguous(&sides.signal)?,
    );
    let gain = sides.gain.as_ref().map(|gain| contiguous(gain)).transpose()?;
    let (post, pre, signal) = (elements(&post), elements(&pre), elements(&signal));
    let gain = gain.as_ref().map(|gain| elements(gain));
    let at = Step {
        gain: match &gain {
            Some(gain) => Gain::Each(gain.slice::<R>()?),
            None => Gain::All(R::of(sides.decay)),
        },
        post: post.slice::<R>()?,
        pre: pre.slice::<R>()?,
        signal: signal.slice::<R>()?,
        n,
        inputs,
    };
    trace.exclusive(|trace| {
        loan::write::<R, _>(trace, |trace| {
            gradient
                .exclusive(|gradient| loan::write::<R, _>(gradient, |gradient| step(&at, trace, gradient)))
        })?
    })
}

fn composed(call: &Call<'_>, gradient: &HostTensor, sides: &Sides) -> Result<()> {
    let (trace, old) = (call.view()?, call.view_of(gradient)?);
    let made = || {
        let kept = match &sides.gain {
            Some(gain) => trace.broadcast_mul(&gain.unsqueeze(2)?)?,
            None => trace.affine(sides.decay, 0.0)?,
        };
        let added = sides.post.unsqueeze(2)?.broadcast_mul(&sides.pre.unsqueeze(1)?)?;
        let trace = (kept + added)?;
        let gradient = (&*old + trace.broadcast_mul(&sides.signal.unsqueeze(2)?)?.sum(0)?)?;
        Ok((trace, gradient))
    };
    let (trace, sum) = made().map_err(storage::candle)?;
    call.receiver
        .replace(fresh(call.session(), trace.detach()).view()?)?;
    gradient.replace(fresh(call.session(), sum.detach()).view()?)
}
