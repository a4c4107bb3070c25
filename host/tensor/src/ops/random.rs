//! Random tensors: pure functions of (seed, purpose, index).

use super::create::{self, room, upload};
use super::number::{Float, by_real};
use super::operands::{dims_of, int_of, real_of, tensor_of};
use super::results::{self, Results};
use super::storage::{self, contiguous, elements};
use crate::{HostTensor, Session};
use candle_core::{DType, Device};
use neurotrain_plugin_api::abi::Args;
use neurotrain_plugin_api::rng::Stream;
use neurotrain_plugin_api::{Error, Result};
use std::sync::Arc;

/// Uniform in `[r0, r1)`, shape `ints[1..]`.
pub(crate) fn uniform(session: &Arc<Session>, name: &str, args: &Args<'_>) -> Result<Results> {
    let (low, high) = (real_of(name, args, 0)?, real_of(name, args, 1)?);
    // Rounding to the run's type must not reach the excluded end.
    match session.dtype() {
        DType::F64 => draw::<f64>(session, name, args, |s| {
            below(low + (high - low) * s.uniform(), high)
        }),
        _ => draw::<f32>(session, name, args, |s| {
            below((low + (high - low) * s.uniform()) as f32, high as f32)
        }),
    }
}

/// Normal with mean `r0` and standard deviation `r1`, shape `ints[1..]`.
pub(crate) fn normal(session: &Arc<Session>, name: &str, args: &Args<'_>) -> Result<Results> {
    let (mean, deviation) = (real_of(name, args, 0)?, real_of(name, args, 1)?);
    match session.dtype() {
        DType::F64 => draw::<f64>(session, name, args, |s| mean + deviation * s.normal()),
        _ => draw::<f32>(session, name, args, |s| (mean + deviation * s.normal()) as f32),
    }
}

/// 1 with the probability that `t0` gives, else 0.
pub(crate) fn bernoulli(session: &Arc<Session>, name: &str, args: &Args<'_>) -> Result<Results> {
    let probability: &HostTensor = tensor_of(name, args, 0)?;
    let mut stream = stream(session, name, args)?;
    let view = probability.view()?;
    let cpu = view.detach().to_device(&Device::Cpu).map_err(storage::candle)?;
    let dense = contiguous(&cpu)?;
    let made = by_real!(name, view.dtype(), R => {
        let drawn = elements(&dense).slice::<R>()?.iter().map(|p| flip::<R>(&mut stream, *p)).collect();
        upload(session, drawn, probability.shape())
    })?;
    Ok(results::one(made))
}

/// A random order of `0..i1`.
pub(crate) fn permutation(session: &Arc<Session>, name: &str, args: &Args<'_>) -> Result<Results> {
    let count = int_of(name, args, 1)?;
    let Ok(length) = usize::try_from(count) else {
        return Err(Error::new(
            "bad-args",
            format!("`{name}` of {count} elements: the number is negative"),
        ));
    };
    drop(room::<[usize; 2]>(name, length)?);
    let order = stream(session, name, args)?.permutation(length);
    Ok(results::one(create::ints(
        session,
        order.into_iter().map(|i| i as i64).collect(),
    )?))
}

fn stream(session: &Session, name: &str, args: &Args<'_>) -> Result<Stream> {
    let index = int_of(name, args, 0)?;
    Ok(Stream::new(session.seed(), args.text.as_str(), index as u64))
}

fn draw<R: Float>(
    session: &Arc<Session>,
    name: &str,
    args: &Args<'_>,
    mut next: impl FnMut(&mut Stream) -> R,
) -> Result<Results> {
    let mut stream = stream(session, name, args)?;
    let dims = dims_of(name, &args.ints.as_slice()[1..])?;
    let mut values = room(name, dims.count())?;
    values.extend((0..dims.count()).map(|_| next(&mut stream)));
    Ok(results::one(upload(session, values, &dims)?))
}

fn below<R: Float>(value: R, end: R) -> R {
    if value >= end { end.previous() } else { value }
}

fn flip<R: Float>(stream: &mut Stream, probability: R) -> R {
    if stream.uniform() < probability.double() {
        R::UNIT
    } else {
        R::NOUGHT
    }
}
