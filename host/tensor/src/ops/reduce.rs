//! Reductions.

use super::axis::{Split, named_axes, without};
use super::compose;
use super::number::{Float, Number, by_number, by_real};
use super::operands::Call;
use super::results::{self, Results};
use super::storage::{self, contiguous, elements, plain, tensor_of};
use candle_core::{DType, Tensor};
use neurotrain_plugin_api::Result;

pub(crate) fn sum(call: &Call<'_>) -> Result<Results> {
    let axes = named_axes(call)?;
    if let Some(count) = event_count(call, &axes) {
        return scalar(call, count);
    }
    let a = call.view()?;
    results::computed(
        call,
        &[&a],
        || by_number!(call.name, a.dtype(), N => sum_kernel::<N>(&a, &axes)),
        || compose::sum(&a, &axes),
    )
}

pub(crate) fn mean(call: &Call<'_>) -> Result<Results> {
    call.expect_reals(&[])?;
    let axes = named_axes(call)?;
    let count: usize = axes.iter().map(|a| call.receiver.shape()[*a]).product();
    if let Some(events) = event_count(call, &axes) {
        return scalar(call, events / count as f64);
    }
    let a = call.view()?;
    results::computed(
        call,
        &[&a],
        || by_real!(call.name, a.dtype(), R => mean_kernel::<R>(&a, &axes, count)),
        || compose::mean(&a, &axes, count),
    )
}

/// Which extreme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extreme {
    Max,
    Min,
}

pub(crate) fn extreme(call: &Call<'_>, which: Extreme) -> Result<Results> {
    let axis = nonempty_axis(call)?;
    let a = call.view()?;
    results::computed(
        call,
        &[&a],
        || {
            by_number!(call.name, a.dtype(), N => match which {
                Extreme::Max => fold::<N>(&a, axis, N::larger),
                Extreme::Min => fold::<N>(&a, axis, N::smaller),
            })
        },
        || match which {
            Extreme::Max => a.max(axis),
            Extreme::Min => a.min(axis),
        },
    )
}

pub(crate) fn argmax(call: &Call<'_>) -> Result<Results> {
    let axis = nonempty_axis(call)?;
    let a = call.view()?;
    let made = if a.device().is_cpu() {
        by_number!(call.name, a.dtype(), N => argmax_kernel::<N>(&a, axis))?
    } else {
        a.argmax(axis)
            .and_then(|t| t.to_dtype(DType::I64))
            .map_err(storage::candle)?
    };
    Ok(results::one(results::fresh(call.session(), made)))
}

pub(crate) fn count_nonzero(call: &Call<'_>) -> Result<Results> {
    if let Some(events) = call.receiver.event_index() {
        return scalar(call, events.nnz() as f64);
    }
    let a = call.view()?;
    let count = if a.device().is_cpu() {
        by_number!(call.name, a.dtype(), N => {
            let dense = contiguous(&a)?;
            let count = elements(&dense).slice::<N>()?.iter().filter(|v| **v != N::NOUGHT).count();
            Ok(count as f64)
        })?
    } else {
        compose::count_nonzero(&a).map_err(storage::candle)?
    };
    scalar(call, count)
}

pub(crate) fn norm(call: &Call<'_>) -> Result<Results> {
    call.expect_reals(&[])?;
    if let Some(events) = call.receiver.event_index() {
        return scalar(call, (events.nnz() as f64).sqrt());
    }
    let a = call.view()?;
    if plain(&[&a]) {
        let square = by_real!(call.name, a.dtype(), R => {
            let dense = contiguous(&a)?;
            let square: f64 = elements(&dense).slice::<R>()?.iter().map(|v| v.double() * v.double()).sum();
            Ok(square)
        })?;
        return scalar(call, square.sqrt());
    }
    let made = compose::norm(&a).map_err(storage::candle)?;
    Ok(results::one(results::fresh(call.session(), made)))
}

/// A number as scalar tensor of the receiver's type where that is real, else of the run's.
fn scalar(call: &Call<'_>, value: f64) -> Result<Results> {
    let own = call.receiver.dtype();
    let dtype = if super::number::is_real(own) {
        own
    } else {
        call.session().dtype()
    };
    let made = Tensor::new(value, call.session().device())
        .and_then(|t| t.to_dtype(dtype))
        .map_err(storage::candle)?;
    Ok(results::one(results::fresh(call.session(), made)))
}

/// Number of ones, where the receiver is an event index and everything is summed.
fn event_count(call: &Call<'_>, axes: &[usize]) -> Option<f64> {
    if axes.len() != call.receiver.shape().len() {
        return None;
    }
    call.receiver.event_index().map(|e| e.nnz() as f64)
}

fn nonempty_axis(call: &Call<'_>) -> Result<usize> {
    let axis = call.axis(0, call.receiver.shape().len())?;
    if call.receiver.shape()[axis] == 0 {
        return Err(call.bad_shape("the axis has length 0"));
    }
    Ok(axis)
}

fn sum_kernel<N: Number>(a: &Tensor, axes: &[usize]) -> Result<Tensor> {
    let dense = contiguous(a)?;
    let lock = elements(&dense);
    let mut values = std::borrow::Cow::Borrowed(lock.slice::<N>()?);
    let mut dims = a.dims().to_vec();
    // From the last axis on, so that the positions of the others stay valid; neighbours go together.
    let mut last = axes.len();
    while last > 0 {
        let mut first = last - 1;
        while first > 0 && axes[first - 1] + 1 == axes[first] {
            first -= 1;
        }
        let (from, to) = (axes[first], axes[last - 1] + 1);
        values = sum_split(&values, Split::around(&dims, from, to)).into();
        dims.drain(from..to);
        last = first;
    }
    tensor_of(values.into_owned(), &dims)
}

fn sum_split<N: Number>(values: &[N], split: Split) -> Vec<N> {
    let Split { outer, length, inner } = split;
    let mut out = vec![N::NOUGHT; outer * inner];
    if out.is_empty() || length == 0 {
        return out;
    }
    for (target, block) in out
        .chunks_exact_mut(inner)
        .zip(values.chunks_exact(length * inner))
    {
        if inner == 1 {
            target[0] = sum_slice(block);
            continue;
        }
        for row in block.chunks_exact(inner) {
            for (t, x) in target.iter_mut().zip(row) {
                *t = t.plus(*x);
            }
        }
    }
    out
}

/// Sum in a fixed order with eight partial sums over blocks, which keeps single precision accurate.
fn sum_slice<N: Number>(values: &[N]) -> N {
    const BLOCK: usize = 1024;
    if values.len() > BLOCK {
        let half = (values.len() / 2).next_multiple_of(BLOCK);
        return sum_slice(&values[..half]).plus(sum_slice(&values[half..]));
    }
    let mut lanes = [N::NOUGHT; 8];
    let whole = values.chunks_exact(8);
    let rest = whole.remainder();
    for chunk in whole {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = lane.plus(*x);
        }
    }
    let tail = rest.iter().fold(N::NOUGHT, |s, x| s.plus(*x));
    lanes.into_iter().fold(tail, N::plus)
}

fn mean_kernel<R: Float>(a: &Tensor, axes: &[usize], count: usize) -> Result<Tensor> {
    let sum = sum_kernel::<R>(a, axes)?;
    let count = R::of(count as f64);
    let values = elements(&sum).slice::<R>()?.iter().map(|v| *v / count).collect();
    tensor_of(values, sum.dims())
}

fn fold<N: Number>(a: &Tensor, axis: usize, f: impl Fn(N, N) -> N) -> Result<Tensor> {
    let Split { outer, length, inner } = Split::around(a.dims(), axis, axis + 1);
    let dense = contiguous(a)?;
    let lock = elements(&dense);
    let values = lock.slice::<N>()?;
    let mut out = Vec::with_capacity(outer * inner);
    for block in values.chunks_exact((length * inner).max(1)) {
        let start = out.len();
        out.extend_from_slice(&block[..inner]);
        for row in block[inner..].chunks_exact(inner) {
            for (t, x) in out[start..].iter_mut().zip(row) {
                *t = f(*t, *x);
            }
        }
    }
    tensor_of(out, &without(a.dims(), axis))
}

fn argmax_kernel<N: Number>(a: &Tensor, axis: usize) -> Result<Tensor> {
    let Split { outer, length, inner } = Split::around(a.dims(), axis, axis + 1);
    let dense = contiguous(a)?;
    let lock = elements(&dense);
    let values = lock.slice::<N>()?;
    let mut out = Vec::with_capacity(outer * inner);
    for block in values.chunks_exact((length * inner).max(1)) {
        for k in 0..inner {
            let mut best = 0;
            for i in 1..length {
                if block[i * inner + k] > block[best * inner + k] {
                    best = i;
                }
            }
            out.push(best as i64);
        }
    }
    tensor_of(out, &without(a.dims(), axis))
}
