//! Creation of tensors.

use super::operands::{dims_of, real_of};
use super::results::{self, Results};
use super::storage;
use crate::{Category, HostTensor, Session};
use candle_core::{DType, Tensor, WithDType};
use neurotrain_plugin_api::abi::Args;
use neurotrain_plugin_api::{Error, Result};
use std::sync::Arc;

/// Filled with `r0`, shape `ints`, of type `text` or the run's.
pub(crate) fn full(session: &Arc<Session>, name: &str, args: &Args<'_>) -> Result<Results> {
    let value = real_of(name, args, 0)?;
    let dims = dims_of(name, args.ints.as_slice())?;
    let dtype = match args.text.as_str() {
        "" => session.dtype(),
        "f32" => DType::F32,
        "f64" => DType::F64,
        "i64" => DType::I64,
        other => {
            return Err(
                Error::new("bad-args", format!("`{name}`: `{other}` is not an element type"))
                    .with_hint("types: f32, f64, i64, or nothing for the run's real type"),
            );
        }
    };
    let made = match dtype {
        DType::F64 => upload(session, filled(name, value, dims.count())?, &dims),
        DType::I64 => upload(session, filled(name, value as i64, dims.count())?, &dims),
        _ => upload(session, filled(name, value as f32, dims.count())?, &dims),
    };
    Ok(results::one(made?))
}

/// Real values in row-major order, shape `ints`.
pub(crate) fn from_reals(session: &Arc<Session>, name: &str, args: &Args<'_>) -> Result<Results> {
    let dims = dims_of(name, args.ints.as_slice())?;
    let values = args.reals.as_slice();
    if values.len() != dims.count() {
        let message = format!("`{name}`: {} values do not fill shape {dims:?}", values.len());
        return Err(Error::new("shape-mismatch", message));
    }
    Ok(results::one(real(session, values.iter().copied(), &dims)?))
}

/// An i64 vector.
pub(crate) fn from_ints(session: &Arc<Session>, args: &Args<'_>) -> Result<Results> {
    Ok(results::one(ints(session, args.ints.to_vec())?))
}

/// A tensor of the run's real type from double-precision values.
pub(crate) fn real(
    session: &Arc<Session>,
    values: impl Iterator<Item = f64>,
    dims: &[usize],
) -> Result<HostTensor> {
    match session.dtype() {
        DType::F64 => upload(session, values.collect(), dims),
        _ => upload(session, values.map(|v| v as f32).collect(), dims),
    }
}

/// An i64 vector from its values.
pub(crate) fn ints(session: &Arc<Session>, values: Vec<i64>) -> Result<HostTensor> {
    let length = values.len();
    upload(session, values, &[length])
}

/// Room for `count` elements, or an error instead of an abort.
pub(crate) fn room<E>(name: &str, count: usize) -> Result<Vec<E>> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|e| {
        Error::new(
            "out-of-memory",
            format!("`{name}`: {count} elements of {} bytes: {e}", size_of::<E>()),
        )
    })?;
    Ok(values)
}

fn filled<E: Copy>(name: &str, value: E, count: usize) -> Result<Vec<E>> {
    let mut values = room(name, count)?;
    values.resize(count, value);
    Ok(values)
}

pub(crate) fn upload<E: WithDType>(
    session: &Arc<Session>,
    values: Vec<E>,
    dims: &[usize],
) -> Result<HostTensor> {
    let made = Tensor::from_vec(values, dims, session.device()).map_err(storage::candle)?;
    Ok(HostTensor::owned(session, made, Category::RuleState))
}
